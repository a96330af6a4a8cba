import Foundation

/// Takes bytes in pieces and gives them back in lines, without the line feeds.
package struct LineSplitter {
    /// A longer line is an error, so that memory stays bounded.
    package let lineBytesMax: Int

    private var buffer: [UInt8] = []
    /// Where the next line begins in `buffer`, and up to where no line feed was found.
    private var start = 0
    private var scanned = 0

    package init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        if self.start > 0 {
            self.buffer.removeFirst(self.start)
            self.scanned -= self.start
            self.start = 0
        }
        self.buffer.append(contentsOf: bytes)
    }

    /// The next whole line, nil when there is none yet.
    package mutating func next() throws(LineTooLong) -> [UInt8]? {
        let end = self.buffer.withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress,
                let found = memchr(base + self.scanned, 0x0A, bytes.count - self.scanned)
            else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }
        guard let end else {
            self.scanned = self.buffer.count
            guard self.buffer.count - self.start <= self.lineBytesMax else { throw LineTooLong() }
            return nil
        }
        guard end - self.start <= self.lineBytesMax else { throw LineTooLong() }
        let line = Array(self.buffer[self.start..<end])
        self.start = end + 1
        self.scanned = self.start
        return line
    }

    /// What is left after the last line feed, once no more bytes come. Nil when that is nothing.
    package mutating func finish() -> [UInt8]? {
        guard self.start < self.buffer.count else { return nil }
        let line = Array(self.buffer[self.start...])
        self.start = self.buffer.count
        self.scanned = self.start
        return line
    }
}

package struct LineTooLong: Error {}
