import ArgumentParser
package import CairnClient
import CairnHash
import CairnLedger
import Foundation

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch nodes of a ledger: do all show one history?",
        discussion: """
            Fetches each node's checkpoint, checks its signatures, and has the nodes prove that all checkpoints, and all \
            that were seen before, are of one history. What was seen is kept in a directory: keep that, it is the \
            auditor's memory. Two signed checkpoints that contradict each other are written to a file that proves it to \
            anybody (cairn check-evidence).

            Whose signatures count says a trust policy from somebody whom you trust (--policy, from "cairn policy"), or the \
            ledger's chain alone (--chain): then the first node that answers says who the members are, which is checked \
            against the genesis block as long as the founders are the members, and kept.

            Without --once it looks again and again, prints what changes, and ends with a split view or a signal.

            Exit codes: 0 all nodes show one history; 3 split view, evidence was written; 4 a checkpoint is not signed as the \
            policy asks for; 5 a node didn't answer, or nobody proved what it shows; 6 the records are not those that were \
            signed; 1 anything else. Of several, the first of 3, 6, 4 and 5.

            Examples:
              cairn audit --url http://127.0.0.1:5000 --policy policy.txt --once
              cairn audit --url https://a.example --url https://b.example --policy policy.txt --records
            """)

    @Option(name: .customLong("url"), help: "The address of a node; repeatable.")
    var urls: [String] = []

    @Option(help: ArgumentHelp("The directory that keeps what was seen, and evidence.", valueName: "dir"))
    var state = "./cairn-audit"

    @Option(help: ArgumentHelp("The trust policy.", valueName: "file"))
    var policy: String?

    @Option(help: ArgumentHelp("In place of a policy: the chain that is trusted.", valueName: "hash"))
    var chain: String?

    @Option(help: ArgumentHelp("How long to wait between two looks.", valueName: "duration"))
    var interval = Interval(.seconds(10), text: "10s")

    @Flag(help: "Look once, and tell by the exit code.")
    var once = false

    @Flag(help: "Also read all records that were not read before, and compute the tree's root from them.")
    var records = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !self.urls.isEmpty else { throw ValidationError("Name at least one node with --url.") }
        guard (self.policy == nil) != (self.chain == nil) else {
            throw ValidationError("Say whom to trust: give --policy FILE or --chain HASH.")
        }
    }

    func run() async throws {
        let state = try AuditState(directory: try DirectoryPath.checked(self.state, "--state"))
        let trust = try await self.trust(state)
        let auditor: Auditor
        do throws(LedgerClientError) {
            auditor = try Auditor(urls: self.urls, policy: trust.policy, storage: state.checkpoint)
        } catch {
            throw CommandFailure(error)
        }
        let output = Output.standard()
        var last: AuditReport?
        while true {
            let report = try await self.look(auditor, state, policyPath: trust.path)
            if report != last {
                if self.output.json { try output.line(report.json.bytes) } else { try output.line(report.text) }
                try output.flush()
            }
            last = report
            if self.once || report.round.fork != nil {
                if let failure = report.failure { throw failure }
                return
            }
            try await Task.sleep(for: self.interval.duration)
        }
    }

    private func look(_ auditor: Auditor, _ state: AuditState, policyPath: String) async throws -> AuditReport {
        do throws(LedgerClientError) {
            let round = try await auditor.round()
            var report = AuditReport(round: round, policyPath: policyPath)
            if let fork = round.fork { report.evidencePath = try await state.write(fork) }
            if self.records, round.fork == nil, let latest = round.latest?.checkpoint {
                report.records = await self.checkRecords(auditor, latest, state)
            }
            return report
        } catch {
            throw CommandFailure(error)
        }
    }

    private func checkRecords(
        _ auditor: Auditor, _ latest: Checkpoint, _ state: AuditState
    ) async -> Result<TreeSize, LedgerClientError> {
        let meter = ProgressMeter(ProgressBar(label: "records", unit: "records"))
        defer { meter.clear() }
        do throws(LedgerClientError) {
            return .success(
                try await auditor.checkRecords(upTo: latest, storage: state.checkedRecords) { progress in
                    meter.update { bar in
                        (bar.done, bar.bytes, bar.total) = (progress.records, progress.bytes, progress.total)
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    /// The policy, and the file that it is in.
    private func trust(_ state: AuditState) async throws(CommandFailure) -> (policy: TrustPolicy, path: String) {
        if let policy { return (try TrustPolicy(file: policy), policy) }
        guard let chain, let hash = Digest(hex: chain) else {
            throw .usage("\"\(self.chain ?? "")\" is no chain; that is a hash of 64 hexadecimal digits")
        }
        let path = state.policyPath(of: hash)
        if FileManager.default.fileExists(atPath: path) { return (try TrustPolicy(file: path), path) }
        do throws(LedgerClientError) {
            let policy = try await LedgerClient.policyOnFirstUse(chain: hash, urls: self.urls)
            try await state.write(policy.text, to: path)
            return (policy, path)
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    package init(_ error: LedgerClientError) {
        switch error {
        case .badURL, .noURL: self = .usage("\(error)")
        default: self = .failed("\(error)")
        }
    }
}
