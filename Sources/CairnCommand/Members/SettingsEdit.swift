package import CairnLedger

/// What somebody wants to change about the settings.
package struct SettingsEdit: Equatable, Sendable {
    package enum Recovery: Equatable, Sendable {
        case keep
        case none
        case keys(RecoveryKeys)
    }

    /// Nil: as it is.
    package var agreement: AgreementRule?
    /// In records; nil: as it is.
    package var submissionWindow: UInt64?
    package var recovery = Recovery.keep

    package init(agreement: AgreementRule? = nil, submissionWindow: UInt64? = nil, recovery: Recovery = .keep) {
        self.agreement = agreement
        self.submissionWindow = submissionWindow
        self.recovery = recovery
    }

    package var isEmpty: Bool { self == SettingsEdit() }

    /// The next settings; nil when they are the present ones, so that a change of the first format will do, which every
    /// version reads.
    ///
    /// - Parameter next: the next members. With several of them there are no recovery keys: those of one member go.
    package func applied(to present: EpochSettings, members next: MemberSet) throws(CommandFailure) -> EpochSettings? {
        let window = self.submissionWindow ?? present.submissionWindow
        var recovery = present.recovery
        switch self.recovery {
        case .keep:
            if next.members.count > 1 { recovery = nil }
            // Who becomes the only member would vouch for itself when its key is lost.
            if let recovery, let key = next.members.first?.key, recovery.keys.contains(key) {
                throw .failed(
                    "\(key) is one of the recovery keys, which are for when the only member's key is lost: name others first, "
                        + "with 'cairn members settings --recovery-key', or have none (--no-recovery)")
            }
        case .none: recovery = nil
        case .keys(let keys):
            guard next.members.count == 1 else {
                throw .failed("only a ledger with a single member has recovery keys; it has \(next.members.count)")
            }
            guard !keys.keys.contains(next.members[0].key) else {
                throw .usage("\(next.members[0].key) is the member's own key: recovery is for when that is lost")
            }
            for key in keys.keys {
                if let weakness = key.weakness { throw .usage("\(key) can't be a recovery key: \(weakness)") }
            }
            recovery = keys
        }
        guard
            let settings = EpochSettings(
                agreement: self.agreement ?? present.agreement, submissionWindow: window, recovery: recovery)
        else { throw .usage("a submission window of \(window) records can't be: 1 to 2^32") }
        return settings == present ? nil : settings
    }
}

extension EpochSettings {
    /// For people.
    var text: String {
        var text =
            "Agreement \(self.agreement.rawValue), submission ids of \(self.submissionWindow) records are remembered"
        if let recovery {
            text += "\nRecovery by \(recovery.needed) of:\n"
            text += recovery.keys.map { "  \($0)" }.joined(separator: "\n")
        }
        return text
    }
}
