#if !FUZZING
    import ArgumentParser
    import Foundation

    /// Runs what a fuzzer found, or once began with, through the parsers: on the release, as part of the tests.
    @main
    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cairn-fuzz",
            abstract: "Run a corpus through the parsers of bytes that come from outside.",
            discussion: """
                Each folder in the corpus has the name of a target, and holds one input a file. The program traps when a \
                parser does what it must not. docs/testing-by-force.md says how to look for such inputs.
                """)

        @Argument(help: "The folder with a folder for each target.")
        var corpus: String

        @Option(help: "Only this target: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
        var target: FuzzTarget?

        @Flag(help: "Write a file of a small ledger into the folder of each target that has one, in place of running.")
        var writeSamples = false

        func run() throws {
            let targets = self.target.map { [$0] } ?? FuzzTarget.allCases
            for target in targets {
                let folder = URL(filePath: self.corpus).appending(path: target.rawValue)
                if self.writeSamples {
                    guard let sample = try SampleFiles.sample(for: target) else { continue }
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    try Data(sample).write(to: folder.appending(path: "sample"))
                    continue
                }
                let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                guard !files.isEmpty else { throw ValidationError("\(folder.path) holds no input") }
                for file in files.sorted(by: { $0.lastPathComponent < $1.lastPathComponent }) {
                    // Before it runs: a trap says nothing.
                    Self.tell("\(target.rawValue)/\(file.lastPathComponent)\r")
                    target.run([UInt8](try Data(contentsOf: file)))
                }
                print("\(target.rawValue): \(files.count) inputs")
            }
        }

        private static func tell(_ text: String) {
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    extension FuzzTarget: ExpressibleByArgument {}
#endif
