/// Which target stands on which: imports only point down, to a lower rank.
enum Layers {
    /// Targets of one rank don't know each other.
    static let ranks: [String: Int] = [
        "CCairnHash": 0, "CCairnDisk": 0, "CairnLock": 0, "TestSupport": 0,
        "CairnHash": 1,
        "CairnLedger": 2,
        "CairnConsensus": 3, "CairnStore": 3, "CairnIndex": 3,
        "CairnPeers": 4, "CairnSimulation": 4,
        "CairnNode": 5,
        "CairnServer": 6, "CairnClient": 6,
        "CairnCommand": 7, "cairn": 8, "cairn-sim": 7, "cairn-make-ledger": 7, "cairn-speed": 7, "cairn-vote-speed": 7,
        "cairn-fuzz": 7, "cairn-link-speed": 7, "plain-http": 7,
    ]

    /// A C target belongs to one Swift target, which hides it from the rest.
    static let ownerOfC = ["CCairnHash": "CairnHash", "CCairnDisk": "CairnStore"]

    /// What comes with the toolchain.
    static let systemModules: Set<String> = [
        "Swift", "Synchronization", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch",
    ]

    /// What is wrong with the arrows in the manifest.
    static func findings(in manifest: PackageManifest) -> [Finding] {
        var findings: [Finding] = []
        for target in manifest.targets where !target.isTest {
            if self.ranks[target.name] == nil {
                findings.append(self.finding("target \(target.name) has no layer: give it one in Layers.ranks"))
            }
            for dependency in target.targets.sorted() {
                if let problem = self.problem(of: target.name, using: dependency) {
                    findings.append(self.finding(problem))
                }
            }
        }
        return findings
    }

    /// What is wrong with a file's imports.
    static func findings(in file: SourceFile, manifest: PackageManifest) -> [Finding] {
        guard let target = manifest.target(file.target) else {
            return [file.finding(line: 1, "Package.swift has no target \(file.target)")]
        }
        let reachable = manifest.reachable(from: target.name)
        return file.imports.compactMap { module, line in
            if self.systemModules.contains(module) { return nil }
            if self.ranks[module] != nil || manifest.target(module) != nil {
                if let problem = self.problem(of: target.name, using: module) {
                    return file.finding(line: line, problem)
                }
                if reachable.contains(module) { return nil }
            } else if target.products.contains(module) {
                return nil
            }
            return file.finding(
                line: line, "\(module) is used, and Package.swift doesn't declare it for \(target.name)")
        }
    }

    private static func problem(of target: String, using other: String) -> String? {
        if let owner = self.ownerOfC[other], owner != target {
            return "\(other) is only for \(owner), not for \(target)"
        }
        guard let rank = self.ranks[target], let otherRank = self.ranks[other] else { return nil }
        return otherRank < rank ? nil : "\(target) uses \(other), which doesn't stand below it"
    }

    private static func finding(_ problem: String) -> Finding {
        Finding(path: "Package.swift", line: 1, problem: problem)
    }
}
