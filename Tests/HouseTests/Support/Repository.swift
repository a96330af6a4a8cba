import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files of the repository that this test was built from.
enum Repository {
    private static let root: URL = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()

    static func text(of path: String) throws -> String {
        try String(contentsOf: self.root.appending(path: path), encoding: .utf8)
    }

    /// All Swift files under Sources, in order.
    static let sources: Result<[SourceFile], any Error> = Result { try Self.files(under: "Sources") }

    /// All Swift files under Tests, in order.
    static let tests: Result<[SourceFile], any Error> = Result { try Self.files(under: "Tests") }

    /// The tests of the release in Python, one after the other.
    static let releaseTests: Result<String, any Error> = Result {
        let folder = Self.root.appending(path: "Tests/Release").path(percentEncoded: false)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".py") }
        return try names.sorted().map { try Self.text(of: "Tests/Release/\($0)") }.joined(separator: "\n")
    }

    private static func files(under folder: String) throws -> [SourceFile] {
        let place = Self.root.appending(path: folder).path(percentEncoded: false)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: place).filter {
            // A tutorial's code is no part of its target.
            $0.hasSuffix(".swift") && !$0.contains(".docc/")
        }
        try #require(paths.count > 50, "the files are not where they should be")
        return try paths.sorted().map { path in
            SourceFile(path: "\(folder)/\(path)", text: try Self.text(of: "\(folder)/\(path)"))
        }
    }
}
