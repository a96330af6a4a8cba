import CairnLedger
import Foundation

/// The configuration file: a JSON object whose members are settings.
package enum ConfigurationFile {
    private static let byteCountMax = 1 << 20

    /// The path of a file that was named; nil for one with a minus sign in front, which need not be there, when it isn't.
    package static func path(named name: String) -> String? {
        guard name.hasPrefix("-") else { return name }
        let path = String(name.dropFirst())
        var status = stat()
        let isAbsent = stat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
        return isAbsent ? nil : path
    }

    /// Checks names and types of all that is in a file, since a setting with a slip in its name would silently not be set.
    package static func check(path: String) throws(CommandFailure) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw .failed("can't read the configuration file \(path): there is no such file")
        }
        try Self.check(try InputFile.read(path, bytesMax: Self.byteCountMax), path: path)
    }

    package static func check(_ bytes: [UInt8], path: String) throws(CommandFailure) {
        guard bytes.count <= Self.byteCountMax else { throw .failed("\(path) is too large for a configuration file") }
        var canonical: [UInt8] = []
        let value: JSONValue
        do throws(CanonicalJSONError) {
            try CanonicalJSON.canonicalize(bytes.span.bytes, into: &canonical)
            value = try JSONValue(canonical: canonical.span.bytes)
        } catch {
            throw .failed("\(path) is no JSON: \(error)")
        }
        guard let members = value.object?.members else { throw .failed("\(path) must hold a JSON object") }
        for member in members {
            guard let setting = Setting(rawValue: member.name) else {
                let known = Setting.allCases.map(\.key).sorted().joined(separator: ", ")
                throw .failed("\(path): there is no setting \"\(member.name)\"; there are \(known)")
            }
            guard setting.kind.accepts(json: member.value) else {
                let found = String(decoding: member.value.bytes, as: UTF8.self)
                throw .failed("\(path): \"\(setting.key)\" must be \(setting.kind.expectation), not \(found)")
            }
        }
    }
}
