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
    static let sources: Result<[SourceFile], any Error> = Result {
        let folder = Self.root.appending(path: "Sources").path(percentEncoded: false)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
            // A tutorial's code is no part of its target.
            $0.hasSuffix(".swift") && !$0.contains(".docc/")
        }
        try #require(paths.count > 50, "the sources are not where they should be")
        return try paths.sorted().map { path in
            SourceFile(path: "Sources/" + path, text: try Self.text(of: "Sources/" + path))
        }
    }
}
