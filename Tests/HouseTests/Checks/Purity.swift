/// What some targets must not know of: the state machines get time, randomness and everything from outside as arguments.
enum Purity {
    static let pureTargets: Set<String> = ["CairnHash", "CairnLedger", "CairnConsensus", "CairnSimulation"]

    private static let impureModules: Set<String> = [
        "Foundation", "FoundationEssentials", "FoundationNetworking", "FoundationInternationalization", "Glibc", "Musl",
        "Darwin", "Dispatch", "_Concurrency",
    ]

    /// Sequences of tokens that ask the system for something.
    private static let impureCode: [[String]] = [
        ["ContinuousClock"], ["SuspendingClock"], ["UTCClock"], ["Date", "("], ["Date", ".", "now"], ["DispatchTime"],
        ["clock_gettime"], ["gettimeofday"], ["Task", ".", "sleep"], ["SystemRandomNumberGenerator"], ["UUID", "("],
        ["ProcessInfo"], ["FileManager"], ["getenv"], ["print", "("],
    ]

    /// Methods that take their randomness from the system unless they are told otherwise.
    private static let randomMethods = [
        ["random", "(", "in"], ["random", "(", ")"], ["randomElement", "("], ["shuffle", "("], ["shuffled", "("],
    ]

    static func findings(in file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        if self.pureTargets.contains(file.target) {
            for (module, line) in file.imports where self.impureModules.contains(module) {
                findings.append(file.finding(line: line, "\(module) in \(file.target), which knows no system"))
            }
            findings += self.impureCode(in: file)
        }
        if file.target == "CairnStore" {
            for (module, line) in file.imports where module.hasPrefix("NIO") {
                findings.append(file.finding(line: line, "\(module) in CairnStore, which stands on Disk alone"))
            }
        }
        return findings
    }

    private static func impureCode(in file: SourceFile) -> [Finding] {
        let tokens = file.tokens
        var findings: [Finding] = []
        for place in tokens.indices {
            for code in self.impureCode where tokens.matches(code, at: place) {
                findings.append(
                    file.finding(line: tokens[place].line, "\(code.joined()) in \(file.target): take it as an argument")
                )
            }
            for method in self.randomMethods where tokens.matches(["."] + method, at: place) {
                let end = tokens.endOfBrackets(from: place + 2)
                let hasGenerator = (place..<end).contains { tokens.matches(["using", ":"], at: $0) }
                guard !hasGenerator else { continue }
                findings.append(
                    file.finding(line: tokens[place].line, ".\(method[0])() without `using:` in \(file.target)"))
            }
        }
        return findings
    }
}
