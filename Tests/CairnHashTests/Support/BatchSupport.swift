import CairnHash

/// What `kernel` makes of the parts of `bytes`.
func batchDigests(
    _ kernel: SHA256Batch.Kernel, _ messages: [SHA256Batch.Message], in bytes: UnsafeRawBufferPointer, prefix: UInt8?
) -> [Digest] {
    var digests = [Digest](repeating: .zero, count: messages.count)
    messages.withUnsafeBufferPointer { messages in
        digests.withUnsafeMutableBufferPointer { kernel.run(messages, in: bytes, prefix: prefix, into: $0) }
    }
    return digests
}

func batchDigests(
    _ kernel: SHA256Batch.Kernel, _ messages: [SHA256Batch.Message], in bytes: [UInt8], prefix: UInt8?
) -> [Digest] {
    bytes.withUnsafeBytes { batchDigests(kernel, messages, in: $0, prefix: prefix) }
}

/// What somebody else's code makes of them.
func referenceDigests(_ messages: [SHA256Batch.Message], in bytes: [UInt8], prefix: UInt8?) -> [Digest] {
    messages.map { message in
        let start = Int(message.offset)
        let part = bytes[start..<start + Int(message.byteCount)]
        return Digest(bytes: referenceSHA256((prefix.map { [$0] } ?? []) + part)) ?? .zero
    }
}

extension SHA256Batch.Message {
    init(_ offset: Int, _ byteCount: Int) {
        self.init(offset: UInt32(offset), byteCount: UInt32(byteCount))
    }
}
