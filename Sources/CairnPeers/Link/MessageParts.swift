internal import NIOCore
internal import NIOWebSocket

/// The frames of one message, as they came: what is masked is unmasked where the message is decoded.
struct MessageParts {
    private(set) var frames: [WebSocketFrame] = []
    private(set) var byteCount = 0

    /// All but the last have at least this many bytes, so that a message has no end of frames.
    private static let fragmentBytesMin = 1_024

    /// Adds a data frame.
    ///
    /// - Returns: whether the message is whole.
    /// - Throws: what RFC 6455, section 5.4, or docs/links.md don't allow.
    mutating func add(_ frame: WebSocketFrame) throws(LinkEnd) -> Bool {
        guard self.frames.isEmpty == (frame.opcode != .continuation) else {
            throw .protocolViolation("a message's frames out of order")
        }
        guard frame.fin || frame.length >= Self.fragmentBytesMin else {
            throw .protocolViolation("a message in frames of \(frame.length) bytes")
        }
        self.frames.append(frame)
        self.byteCount += frame.length
        guard self.byteCount <= MessageLimits.bytesMax else {
            throw .message(.tooLarge(bytes: self.byteCount, limit: MessageLimits.bytesMax))
        }
        return frame.fin
    }

    /// The message's bytes. It takes time for each.
    var joined: ByteBuffer {
        guard self.frames.count > 1 else { return self.frames.first?.plainData ?? ByteBuffer() }
        var bytes = ByteBufferAllocator().buffer(capacity: self.byteCount)
        for frame in self.frames {
            var data = frame.plainData
            bytes.writeBuffer(&data)
        }
        return bytes
    }
}

extension WebSocketFrame {
    /// The key 0 changes nothing.
    fileprivate var plainData: ByteBuffer {
        self.maskKey?.allSatisfy { $0 == 0 } == false ? self.unmaskedData : self.data
    }
}
