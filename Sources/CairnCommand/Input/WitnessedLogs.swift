package import CairnLedger

/// The logs that a witness is asked to witness, from the command line.
package struct WitnessedLogs: Equatable {
    /// By origin.
    package var keys: [ExactText: [NoteKey]] = [:]

    /// - Parameter texts: each a verifier key, or an origin, an equals sign and a verifier key.
    package init(_ texts: [String]) throws(CommandFailure) {
        for text in texts {
            let (origin, key) = try Self.read(text)
            guard key.kind == .log else {
                throw .usage("\"\(text)\": the key is a cosigner's; a log has one of type 1 (Ed25519)")
            }
            guard self.keys[origin]?.contains(key) != true else { throw .usage("\"\(text)\" is named twice") }
            self.keys[origin, default: []].append(key)
        }
    }

    private static func read(_ text: String) throws(CommandFailure) -> (ExactText, NoteKey) {
        do throws(NoteKeyError) {
            let key = try NoteKey(vkey: text)
            return (key.name, key)
        } catch {
            // The key has no equals sign, the origin may.
            if let mark = text.utf8.lastIndex(of: UInt8(ascii: "=")), mark > text.startIndex,
                let key = try? NoteKey(vkey: String(text[text.utf8.index(after: mark)...]))
            {
                return (ExactText(String(text[..<mark])), key)
            }
            throw .usage("\"\(text)\" names no log: \(error)")
        }
    }
}
