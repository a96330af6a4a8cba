/// The canonical form of a JSON text: RFC 8785, JSON Canonicalization Scheme (JCS).
///
/// | part | canonical form | source |
/// |---|---|---|
/// | whitespace | none | RFC 8785 section 3.2.1 |
/// | literals | `null`, `true`, `false` | section 3.2.2.1 |
/// | strings | UTF-8; escaped are only `"`, `\`, U+0000..U+001F; shortest form, hex in lower case | section 3.2.2.2 |
/// | numbers | ECMAScript `Number::toString` | section 3.2.2.3 |
/// | objects | members sorted by the UTF-16 code units of their unescaped names | section 3.2.3 |
///
/// What is accepted is narrower than RFC 8259, so that canonical bytes never stand for something the writer did not
/// say:
/// - UTF-8 is checked (RFC 3629); a byte order mark and a lone surrogate in an escape are refused.
/// - A name that occurs twice in an object is refused, after unescaping.
/// - A number is accepted iff the ECMAScript text of its nearest double denotes the same decimal value: `1.0`, `0.1`
///   and `1e21` are, `9007199254740993` and `1e400` are not. Nothing is rounded; so RFC 8785's own example
///   `333333333.33333329` is refused.
/// - Arrays and objects nest at most `maxDepth` deep.
public enum CanonicalJSON {
    /// How deep arrays and objects may nest unless the caller says otherwise.
    public static let defaultMaxDepth = 128

    /// The deepest nesting a caller may ask for: a level costs some 300 bytes of stack, and 3 KiB in a debug build.
    public static let largestMaxDepth = 512

    /// Appends the RFC 8785 form of the one JSON value in `text` to `output`.
    ///
    /// On an error `output` is as it was. Time is linear in the text, but for objects whose members are out of order:
    /// those are sorted once, in O(n log n), and their bytes moved once per level of nesting.
    ///
    /// - Parameters:
    ///   - text: A JSON text in UTF-8.
    ///   - output: Where the canonical bytes are appended.
    ///   - maxDepth: How many arrays and objects may nest, 0...``largestMaxDepth``; 0 allows only strings, numbers and
    ///     literals.
    /// - Throws: ``CanonicalJSONError``: the first error met, reading from the front. A repeated name in an object
    ///   whose members are out of order is met at the object's end.
    public static func canonicalize(
        _ text: RawSpan, into output: inout [UInt8], maxDepth: Int = defaultMaxDepth
    ) throws(CanonicalJSONError) {
        try text.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(CanonicalJSONError) in
            var pass = try Pass(text: bytes, maxDepth: maxDepth, isStrict: false)
            let countBefore = output.count
            // The pass owns the array while it runs: a second reference would make the first append copy it.
            swap(&output, &pass.output)
            defer { swap(&output, &pass.output) }
            do throws(CanonicalJSONError) {
                try pass.run()
            } catch {
                pass.output.removeLast(pass.output.count - countBefore)
                throw error
            }
        }
    }

    /// Whether `text` is one acceptable JSON value and already exactly in canonical form.
    public static func isCanonical(_ text: RawSpan, maxDepth: Int = defaultMaxDepth) -> Bool {
        do throws(CanonicalJSONError) {
            try checkCanonical(text, maxDepth: maxDepth)
            return true
        } catch {
            return false
        }
    }

    /// Throws unless `text` is canonical; writes and copies nothing.
    static func checkCanonical(_ text: RawSpan, maxDepth: Int) throws(CanonicalJSONError) {
        try text.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(CanonicalJSONError) in
            var pass = try Pass(text: bytes, maxDepth: maxDepth, isStrict: true)
            try pass.run()
        }
    }
}
