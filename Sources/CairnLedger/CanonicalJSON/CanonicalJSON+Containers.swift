extension CanonicalJSON {
    /// A member of an object that is being read.
    package struct Member {
        package var name: Name
        /// Where in the output the member starts, with its name's quote. It ends before the next one's comma.
        var outputStart: Int
    }
}

extension CanonicalJSON.Pass {
    private mutating func enter() throws(CanonicalJSONError) {
        guard depth < maxDepth else { throw CanonicalJSONError(.tooDeep(limit: maxDepth), at: position) }
        depth &+= 1
        position &+= 1
        try skipWhitespace()
    }

    private mutating func leave() {
        depth &-= 1
        position &+= 1
    }

    mutating func array() throws(CanonicalJSONError) {
        try enter()
        if position < count, byte(at: position) == UInt8(ascii: "]") { return leave() }
        while true {
            try value()
            try skipWhitespace()
            guard try !closes(with: UInt8(ascii: "]")) else { return leave() }
        }
    }

    mutating func object() throws(CanonicalJSONError) {
        try enter()
        if position < count, byte(at: position) == UInt8(ascii: "}") { return leave() }
        let firstMember = members.count
        let outputStart = outputPosition
        var inOrder = true
        repeat {
            let memberStart = outputPosition
            let name = try self.name()
            if inOrder, members.count > firstMember {
                inOrder = try follows(name, members[members.count &- 1].name)
            }
            members.append(CanonicalJSON.Member(name: name, outputStart: memberStart))
            try skipWhitespace()
            guard position < count, byte(at: position) == UInt8(ascii: ":") else { throw unexpected() }
            position &+= 1
            try skipWhitespace()
            try value()
            try skipWhitespace()
        } while try !closes(with: UInt8(ascii: "}"))
        if !inOrder {
            try sortMembers(from: firstMember, outputStart: outputStart)
        }
        members.removeLast(members.count &- firstMember)
        leave()
    }

    /// After an element: false after reading a comma, true before `closing`.
    @inline(__always)
    private mutating func closes(with closing: UInt8) throws(CanonicalJSONError) -> Bool {
        guard position < count else { throw unexpected() }
        let next = byte(at: position)
        if next == closing { return true }
        guard next == UInt8(ascii: ",") else { throw unexpected() }
        position &+= 1
        try skipWhitespace()
        return false
    }

    private mutating func name() throws(CanonicalJSONError) -> CanonicalJSON.Name {
        guard position < count, byte(at: position) == UInt8(ascii: "\"") else { throw unexpected() }
        let start = position &+ 1
        let hasEscape = try string()
        return CanonicalJSON.Name(start: start, end: position &- 1, hasEscape: hasEscape)
    }

    /// Whether `name` sorts after `previous`; throws if they are the same.
    @inline(__always)
    private func follows(
        _ name: CanonicalJSON.Name, _ previous: CanonicalJSON.Name
    ) throws(CanonicalJSONError) -> Bool {
        let order = CanonicalJSON.compare(previous, name, in: base)
        if order < 0 { return true }
        guard order > 0 else { throw CanonicalJSONError(.duplicateName, at: name.quoteOffset) }
        guard !isStrict else { throw CanonicalJSONError(.notCanonical, at: name.quoteOffset) }
        return false
    }

    /// Brings the members of the object that ends at `position` into order, in the output.
    private mutating func sortMembers(from firstMember: Int, outputStart: Int) throws(CanonicalJSONError) {
        try endRun(at: position)
        runStart = position

        let base = self.base
        var pieces: [(name: CanonicalJSON.Name, range: Range<Int>)] = []
        pieces.reserveCapacity(members.count - firstMember)
        // Backwards: a member ends one comma before the one that follows it.
        var end = output.count
        for member in members[firstMember...].reversed() {
            pieces.append((member.name, member.outputStart..<end))
            end = member.outputStart - 1
        }
        // Equal names keep their order in the text, so that the error names the later of the two.
        pieces.sort { left, right in
            let order = CanonicalJSON.compare(left.name, right.name, in: base)
            return order < 0 || (order == 0 && left.name.start < right.name.start)
        }
        var duplicate: Int?
        for (left, right) in zip(pieces, pieces.dropFirst())
        where CanonicalJSON.compare(left.name, right.name, in: base) == 0 {
            duplicate = min(duplicate ?? .max, right.name.quoteOffset)
        }
        if let duplicate { throw CanonicalJSONError(.duplicateName, at: duplicate) }

        // The pieces and the commas between them take as many bytes as before, in place of themselves.
        let unsorted = Array(output[outputStart...])
        output.withUnsafeMutableBytes { bytes in
            var target = outputStart
            for piece in pieces {
                if target > outputStart {
                    bytes[target] = UInt8(ascii: ",")
                    target += 1
                }
                let source = piece.range.lowerBound - outputStart..<piece.range.upperBound - outputStart
                unsorted.withUnsafeBytes { old in
                    UnsafeMutableRawBufferPointer(rebasing: bytes[target..<target + source.count])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: old[source]))
                }
                target += source.count
            }
        }
    }
}
