/// Looks at WebSocket frames (RFC 6455, section 5.2) as their bytes come, ahead of the decoder, which waits for the whole of a
/// frame: a message that is larger than its kind may be ends the link at its first bytes. Pure.
///
/// The first message is a greeting, or ends the link, so that it is never larger than one. Of any other one the first byte or
/// two, the tag of the envelope's field, tell the kind.
package struct FrameWatch {
    /// The longest header: two bytes, eight of length, four of a mask.
    private static let headerBytesMax = 14
    /// A tag of the envelope takes two bytes; the scan refuses longer ones.
    private static let tagBytesMax = 2

    private var header: [UInt8] = []
    private var contentLeft = 0
    private var mask: [UInt8] = []
    private var maskPlace = 0
    private var isControl = false

    /// Of the message, all of its frames: how long they say that it is, and its first bytes until these tell its kind.
    private var messageBytes = 0
    private var tag: [UInt8] = []
    private var limit = MessageLimits.helloBytesMax
    private var isFirst = true
    private var isFinal = false

    package init() {}

    /// Takes bytes as they come, in pieces of any length.
    ///
    /// - Throws: why the link has to end.
    package mutating func take(_ bytes: RawSpan) throws(LinkEnd) {
        var place = 0
        while place < bytes.byteCount {
            if self.contentLeft == 0 {
                self.header.append(bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self))
                place += 1
                if self.header.count == self.headerBytes { try self.begin() }
            } else if !self.isControl, self.needsTag {
                let byte = bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
                place += 1
                try self.takeTag(byte)
                self.passed(1)
            } else {
                let count = min(self.contentLeft, bytes.byteCount - place)
                place += count
                self.passed(count)
            }
        }
    }

    /// How long the header is that its first two bytes begin.
    private var headerBytes: Int {
        guard self.header.count >= 2 else { return 2 }
        let length = self.header[1] & 0x7F
        return 2 + (length == 127 ? 8 : length == 126 ? 2 : 0) + (self.header[1] & 0x80 == 0 ? 0 : 4)
    }

    private mutating func begin() throws(LinkEnd) {
        let (first, second) = (self.header[0], self.header[1])
        let isMasked = second & 0x80 != 0
        let lengthEnd = self.header.count - (isMasked ? 4 : 0)
        let length =
            lengthEnd == 2
            ? UInt64(second & 0x7F) : self.header[2..<lengthEnd].reduce(0) { $0 << 8 | UInt64($1) }
        self.mask = isMasked ? Array(self.header[lengthEnd...]) : []
        self.maskPlace = 0
        self.header.removeAll(keepingCapacity: true)
        self.isControl = first & 0x08 != 0
        guard length <= UInt64(self.isControl ? 125 : MessageLimits.bytesMax) else {
            throw self.isControl
                ? .protocolViolation("a control frame of \(length) bytes")
                : .message(.tooLarge(bytes: Int(clamping: length), limit: self.limit))
        }
        self.contentLeft = Int(length)
        guard !self.isControl else { return }
        self.isFinal = first & 0x80 != 0
        self.messageBytes += self.contentLeft
        try self.checkSize()
        if self.contentLeft == 0 { self.endFrame() }
    }

    private var needsTag: Bool { !self.isFirst && self.tag.count < Self.tagBytesMax && (self.tag.last ?? 0x80) >= 0x80 }

    private mutating func takeTag(_ byte: UInt8) throws(LinkEnd) {
        self.tag.append(self.mask.isEmpty ? byte : byte ^ self.mask[self.maskPlace % 4])
        guard !self.needsTag else { return }
        let number = self.tag.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element & 0x7F) << (7 * $1.offset) } >> 3
        // What can't be a field is for the scan to refuse, with its reasons; nothing large is waited for.
        self.limit = MessageLimits.bytesMax(ofField: number) ?? MessageLimits.helloBytesMax
        try self.checkSize()
    }

    private func checkSize() throws(LinkEnd) {
        guard self.messageBytes <= self.limit else {
            throw .message(.tooLarge(bytes: self.messageBytes, limit: self.limit))
        }
    }

    private mutating func passed(_ count: Int) {
        self.maskPlace += count
        self.contentLeft -= count
        if self.contentLeft == 0, !self.isControl { self.endFrame() }
    }

    private mutating func endFrame() {
        guard self.isFinal else { return }
        self.isFirst = false
        self.messageBytes = 0
        self.tag.removeAll(keepingCapacity: true)
        self.limit = MessageLimits.bytesMax
    }
}
