package import CairnLedger
import CairnStore
import Foundation

/// A change of members and settings on its way between those who have to sign it, and the file that carries it.
package struct MemberDraft: Equatable, Sendable {
    private static let fileBytesMax = 4 << 20

    package var draft: MemberChangeDraft

    /// - Parameters:
    ///   - faultModel: nil: as it is.
    ///   - settings: the draft is of format 1, which every version reads, unless this changes something.
    package init(
        _ edit: MemberEdit, present: EpochMembers, faultModel: FaultModel?, settings: SettingsEdit = SettingsEdit()
    ) throws(CommandFailure) {
        let next = try edit.applied(to: present.members, faultModel: faultModel, mayBeSame: true)
        let settings = try settings.applied(to: present.settings, members: next)
        guard settings != nil || !next.isSame(as: present.members) else {
            throw .failed("that changes nothing: members and settings are so already")
        }
        self.draft = MemberChangeDraft(
            chain: present.chain, epoch: present.epoch, next: next, settings: settings)
    }

    // MARK: Signing

    /// Signs with the keys of data directories. Only the key files are read: nodes may run on them.
    mutating func sign(withKeysIn directories: [String], present: EpochMembers?) throws(CommandFailure) {
        if let present {
            do throws(MemberChangeError) { try self.draft.next.checkKeys(joining: present.members) } catch {
                throw .failed("the change can't be: \(error)")
            }
        }
        for directory in directories {
            let key: PrivateKey
            do throws(StoreError) {
                key = try KeyFile.read(on: RealDisk(root: directory))
            } catch {
                throw .failed("\(directory): \(error)")
            }
            let mayCount =
                present.map { $0.members.position(of: key.publicKey) != nil } ?? true
                || self.draft.next.position(of: key.publicKey) != nil
            guard mayCount else {
                throw .failed(
                    "\(directory): its key, \(key.publicKey), is no member and doesn't join; its signature would not count"
                )
            }
            self.draft.sign(with: key)
        }
    }

    /// What is still missing, in words; nil when the change can be submitted.
    func missing(present: EpochMembers) throws(CommandFailure) -> String? {
        do throws(MemberChangeError) {
            _ = try self.draft.change(present: present)
            return nil
        } catch {
            switch error {
            case .missingSignature, .noQuorum: return self.whoIsMissing(present)
            default: throw .failed("the change can't be: \(error)")
            }
        }
    }

    private func whoIsMissing(_ present: EpochMembers) -> String {
        let signed = self.draft.signatures
        let joining = self.draft.next.keys(joining: present.members).filter { signed[$0] == nil }
        let unsigned = present.members.members.filter { signed[$0.key] == nil }
        let power = present.members.members.reduce(0) { $0 + (signed[$1.key] == nil ? 0 : $1.power) }
        var lines = joining.map { "  \($0)  joins and has to sign" }
        if power < present.members.quorumPower {
            lines.append("  members with a power of \(present.members.quorumPower - power) more, of:")
            lines += unsigned.map { "    \($0.key)  power \($0.power)" }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Files

    init(file path: String) throws(CommandFailure) {
        let bytes = try InputFile.read(path, bytesMax: Self.fileBytesMax)
        do throws(MemberChangeError) {
            self.draft = try MemberChangeDraft(decoding: bytes.span.bytes)
        } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// Takes over the signatures in another file.
    mutating func merge(file path: String) throws(CommandFailure) {
        let other = try MemberDraft(file: path)
        do throws(MemberChangeError) {
            try self.draft.merge(other.draft)
        } catch {
            throw .failed("\(path): \(error)")
        }
    }

    func write(to path: String) throws(CommandFailure) {
        let file = try ExportFile(path: path, replaces: true)
        try file.output.line(self.draft.encoded())
        try file.output.flush()
        try file.finish()
    }

    /// What becomes of members and settings, for whoever is to sign.
    package var text: String {
        let next = self.draft.next
        let members = next.members.map { "  \($0.key)  power \($0.power)" }.joined(separator: "\n")
        let settings = self.draft.settings.map { "\n\($0.text)" } ?? ""
        return """
            Ledger \(self.draft.chain), end of epoch \(self.draft.epoch)
            Then \(next.faultModel.rawValue), a power of \(next.quorumPower) decides, of:
            \(members)\(settings)
            """
    }
}
