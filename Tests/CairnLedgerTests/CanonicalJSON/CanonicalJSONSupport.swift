import CairnLedger
import Testing

/// The canonical bytes of a text, having checked what must hold of every one that is accepted.
func canonicalBytes(
    _ text: [UInt8], maxDepth: Int = CanonicalJSON.defaultMaxDepth, sourceLocation: SourceLocation = #_sourceLocation
) throws(CanonicalJSONError) -> [UInt8] {
    let span = text.span
    let prefix: [UInt8] = [0xFF, 0x00]
    var output = prefix
    do throws(CanonicalJSONError) {
        try CanonicalJSON.canonicalize(span.bytes, into: &output, maxDepth: maxDepth)
    } catch {
        #expect(output == prefix, "a refusal leaves the output as it was", sourceLocation: sourceLocation)
        let isCanonical = CanonicalJSON.isCanonical(span.bytes, maxDepth: maxDepth)
        #expect(!isCanonical, sourceLocation: sourceLocation)
        throw error
    }
    #expect(Array(output.prefix(2)) == prefix, sourceLocation: sourceLocation)
    let canonical = Array(output.dropFirst(2))
    let isCanonical = CanonicalJSON.isCanonical(span.bytes, maxDepth: maxDepth)
    #expect(isCanonical == (canonical == text), sourceLocation: sourceLocation)
    let canonicalSpan = canonical.span
    let again = CanonicalJSON.isCanonical(canonicalSpan.bytes, maxDepth: maxDepth)
    #expect(again, "canonical bytes are canonical", sourceLocation: sourceLocation)
    return canonical
}

func canonicalText(
    _ text: String, sourceLocation: SourceLocation = #_sourceLocation
) throws(CanonicalJSONError) -> String {
    String(decoding: try canonicalBytes(Array(text.utf8), sourceLocation: sourceLocation), as: UTF8.self)
}

/// Why a text is refused; `nil` if it isn't.
func refusal(
    _ text: [UInt8], maxDepth: Int = CanonicalJSON.defaultMaxDepth, sourceLocation: SourceLocation = #_sourceLocation
) -> CanonicalJSONError? {
    do throws(CanonicalJSONError) {
        _ = try canonicalBytes(text, maxDepth: maxDepth, sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

func refusal(
    _ text: String, maxDepth: Int = CanonicalJSON.defaultMaxDepth, sourceLocation: SourceLocation = #_sourceLocation
) -> CanonicalJSONError? {
    refusal(Array(text.utf8), maxDepth: maxDepth, sourceLocation: sourceLocation)
}

/// Whether two strings have the same bytes; `==` would take canonically equivalent ones for equal.
func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}
