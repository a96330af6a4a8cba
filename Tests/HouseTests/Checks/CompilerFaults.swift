/// What the optimizer of the compiler that we build with gets wrong: docs/compiler-faults.md has each with its smallest program.
enum CompilerFaults {
    static func findings(in file: SourceFile) -> [Finding] {
        file.tokens.indices.compactMap { place in
            if self.lendsAVariable(file.tokens, at: place) {
                return file.finding(
                    line: file.tokens[place].line,
                    "`\(file.tokens[place].text)` of `&`: the optimizer may drop what was stored before; lend the value, or "
                        + "temporary memory (docs/compiler-faults.md)")
            }
            if self.isTupleWithAwait(file.tokens, at: place) {
                return file.finding(
                    line: file.tokens[place].line,
                    "a tuple is made around an `await`: the optimizer may lose what stands before it; await first "
                        + "(docs/compiler-faults.md)")
            }
            return nil
        }
    }

    /// `withUnsafeBytes(of: &`, `withUnsafeMutablePointer(to: &` and the like.
    private static func lendsAVariable(_ tokens: [Token], at place: Int) -> Bool {
        tokens[place].kind == .word && tokens[place].text.hasPrefix("withUnsafe")
            && ["of", "to"].contains { tokens.matches(["(", $0, ":", "&"], at: place + 1) }
    }

    /// Whether a tuple begins here of which a part is awaited, or which is awaited as a whole.
    private static func isTupleWithAwait(_ tokens: [Token], at place: Int) -> Bool {
        guard tokens.matches(["("], at: place), !self.isCall(tokens, at: place) else { return false }
        var depth = 0
        var braces = 0
        var hasComma = false
        var awaits = self.isAwaited(tokens, at: place)
        for token in tokens[place..<tokens.endOfBrackets(from: place)] where token.kind != .string {
            switch token.text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            // What a closure awaits is awaited elsewhere.
            case "{": braces += 1
            case "}": braces -= 1
            case "," where depth == 1 && braces == 0: hasComma = true
            case "await" where braces == 0: awaits = true
            default: break
            }
        }
        return hasComma && awaits
    }

    /// Whether `await` stands before it, other than in `for await (a, b) in`.
    private static func isAwaited(_ tokens: [Token], at place: Int) -> Bool {
        guard place > 0, tokens.matches(["await"], at: place - 1) else { return false }
        let before = tokens[..<(place - 1)].suffix(2).map(\.text)
        return before.last != "for" && before != ["for", "try"]
    }

    /// Whether the bracket belongs to what stands before it: a call, a declaration, an attribute, an interpolation.
    private static func isCall(_ tokens: [Token], at place: Int) -> Bool {
        guard place > 0 else { return false }
        let previous = tokens[place - 1]
        if previous.kind == .string { return true }
        guard previous.range.upperBound == tokens[place].range.lowerBound else { return false }
        return previous.kind == .word || [")", "]", "}", ">", "?", "!", "`"].contains(previous.text)
    }
}
