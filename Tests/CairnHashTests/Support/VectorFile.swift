import CairnHash
import Foundation

/// A file of NIST's Cryptographic Algorithm Validation Program (SHA test vectors for byte-oriented messages; in the public
/// domain): lines of `name = value`, in groups that end with `MD`. Only its line ends were changed.
struct VectorFile {
    /// One group: its values by name.
    typealias Vector = [String: String]

    let vectors: [Vector]

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: folder.appending(path: "Vectors/\(name).rsp"), encoding: .utf8)
        var vectors: [Vector] = []
        var vector: Vector = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("[") {
            let sides = line.split(separator: " = ")
            guard sides.count == 2 else { continue }
            vector[String(sides[0])] = String(sides[1])
            if sides[0] == "MD" {
                vectors.append(vector)
                vector = [:]
            }
        }
        self.vectors = vectors
    }
}
