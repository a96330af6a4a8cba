import CairnCommand
import Testing

struct LineSplitterTests {
    private static let text = Array("one\n\ntwo and three\nlast".utf8)

    private func lines(pieces: [ArraySlice<UInt8>]) throws -> [String] {
        var splitter = LineSplitter(lineBytesMax: 100)
        var lines: [String] = []
        for piece in pieces {
            splitter.append(piece)
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        if let rest = splitter.finish() { lines.append(String(decoding: rest, as: UTF8.self)) }
        return lines
    }

    /// At once, byte by byte, and cut at every place: the same lines.
    @Test func piecesDoNotMatter() throws {
        let expected = ["one", "", "two and three", "last"]
        #expect(try self.lines(pieces: [Self.text[...]]) == expected)
        #expect(try self.lines(pieces: Self.text.indices.map { Self.text[$0...$0] }) == expected)
        for cut in Self.text.indices {
            #expect(try self.lines(pieces: [Self.text[..<cut], Self.text[cut...]]) == expected)
        }
    }

    @Test func nothingIsNoLine() throws {
        #expect(try self.lines(pieces: []) == [])
        #expect(try self.lines(pieces: [Array("a\n".utf8)[...]]) == ["a"])
    }

    @Test func aLineWithoutEndIsRefused() {
        #expect(throws: LineTooLong.self) {
            var splitter = LineSplitter(lineBytesMax: 3)
            splitter.append(Array("abcd".utf8))
            _ = try splitter.next()
        }
        #expect(throws: LineTooLong.self) {
            var splitter = LineSplitter(lineBytesMax: 3)
            splitter.append(Array("abcd\n".utf8))
            _ = try splitter.next()
        }
    }
}
