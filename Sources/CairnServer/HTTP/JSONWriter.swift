package import CairnHash
package import CairnLedger
package import NIOCore

/// Writes JSON straight into a buffer. Names and nesting are the caller's: it only puts the commas.
package struct JSONWriter {
    package private(set) var buffer: ByteBuffer
    private var needsComma = false

    /// In bytes.
    package init(capacity: Int) {
        self.buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    var byteCount: Int { self.buffer.readableBytes }

    private mutating func separate() {
        if self.needsComma { self.buffer.writeInteger(UInt8(ascii: ",")) }
        self.needsComma = true
    }

    // MARK: Nesting

    package mutating func object<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.open(UInt8(ascii: "{"))
        try body(&self)
        self.close(UInt8(ascii: "}"))
    }

    package mutating func array<Failure: Error>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        self.open(UInt8(ascii: "["))
        try body(&self)
        self.close(UInt8(ascii: "]"))
    }

    /// For what is written in several steps: a stream's beginning and end.
    package mutating func open(_ bracket: UInt8) {
        self.separate()
        self.buffer.writeInteger(bracket)
        self.needsComma = false
    }

    package mutating func close(_ bracket: UInt8) {
        self.buffer.writeInteger(bracket)
        self.needsComma = true
    }

    /// Ends a line of NDJSON.
    mutating func newline() {
        self.buffer.writeInteger(UInt8(ascii: "\n"))
        self.needsComma = false
    }

    package mutating func name(_ name: String) {
        self.value(name)
        self.buffer.writeInteger(UInt8(ascii: ":"))
        self.needsComma = false
    }

    // MARK: Values

    package mutating func null() {
        self.separate()
        self.buffer.writeStaticString("null")
    }

    package mutating func value(_ value: Bool) {
        self.separate()
        if value { self.buffer.writeStaticString("true") } else { self.buffer.writeStaticString("false") }
    }

    package mutating func value(_ number: UInt64) {
        self.separate()
        self.buffer.writeString(String(number))
    }

    /// - Precondition: it is finite; JSON has no other numbers.
    package mutating func value(_ number: Double) {
        precondition(number.isFinite, "\(number) can't be written as JSON")
        self.separate()
        self.buffer.writeString(String(number))
    }

    package mutating func value(_ number: some LedgerNumber) {
        self.value(number.rawValue)
    }

    package mutating func value(_ digest: Digest) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        digest.withUnsafeBytes { self.buffer.writeHex($0) }
        self.buffer.writeInteger(UInt8(ascii: "\""))
    }

    package mutating func hex(_ bytes: [UInt8]) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        bytes.withUnsafeBytes { self.buffer.writeHex($0) }
        self.buffer.writeInteger(UInt8(ascii: "\""))
    }

    package mutating func value(_ timestamp: Timestamp) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        self.buffer.writeString(timestamp.description)
        self.buffer.writeInteger(UInt8(ascii: "\""))
    }

    package mutating func value(_ text: String) {
        self.separate()
        self.buffer.writeInteger(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain {
            self.buffer.writeString(text)
        } else {
            for byte in text.utf8 { self.buffer.writeEscaped(byte) }
        }
        self.buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// Bytes that are JSON already.
    package mutating func raw(_ bytes: [UInt8]) {
        self.separate()
        self.buffer.writeBytes(bytes)
    }

    package mutating func raw(_ bytes: ByteBufferView) {
        self.separate()
        self.buffer.writeBytes(bytes)
    }

    // MARK: Members

    package mutating func field(_ name: String, _ value: UInt64) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: some LedgerNumber) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: Digest) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: Timestamp) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    package mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    package mutating func nullField(_ name: String) {
        self.name(name)
        self.null()
    }
}

extension ByteBuffer {
    /// Two lower-case hexadecimal digits a byte.
    mutating func writeHex(_ bytes: UnsafeRawBufferPointer) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: 2 * bytes.count) { target in
            var place = 0
            for byte in bytes {
                target[place] = Self.hexDigit(byte >> 4)
                target[place + 1] = Self.hexDigit(byte & 15)
                place += 2
            }
            return place
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// A byte of a JSON string (RFC 8259, section 7).
    fileprivate mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            self.writeInteger(UInt8(ascii: "\\"))
            self.writeInteger(byte)
        case 0..<0x20:
            self.writeStaticString("\\u00")
            withUnsafeBytes(of: byte) { self.writeHex($0) }
        default:
            self.writeInteger(byte)
        }
    }
}
