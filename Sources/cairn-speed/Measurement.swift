import CairnHash

/// One figure.
struct Measurement {
    let kernel: String
    let form: String
    let messageByteCount: Int
    let bytesPerSecond: Double

    var text: String {
        let rate = Int(self.bytesPerSecond / 1e6)
        return "\(self.kernel), \(self.form), \(self.messageByteCount) B: \(rate) MB/s"
    }

    /// The names of kernels and devices come from a driver: what JSON doesn't take in a string is left out.
    var json: String {
        let name = self.kernel.filter { $0 != "\"" && $0 != "\\" && $0.isASCII && ($0.asciiValue ?? 0) >= 0x20 }
        let rate = (self.bytesPerSecond / 1e5).rounded() / 10
        return
            #"{"kernel":"\#(name)","form":"\#(self.form)","message_bytes":\#(self.messageByteCount),"mb_per_s":\#(rate)}"#
    }

    /// One kernel on one core, on so many MiB of messages again and again.
    static func kernel(
        _ kernel: SHA256Batch.Kernel, form: Form, byteCount: Int, mebibytes: Int, seconds: Double
    ) -> Self {
        let sample = Sample(
            form: form, byteCount: byteCount, total: mebibytes << 20, countMax: mebibytes * 16_384)
        var digests = [Digest](repeating: .zero, count: sample.messages.count)
        let rate = sample.bytes.withUnsafeBytes { bytes in
            sample.messages.withUnsafeBufferPointer { messages in
                digests.withUnsafeMutableBufferPointer { digests in
                    self.bytesPerSecond(sample.byteCount, seconds: seconds) {
                        if form.fixedByteCount != nil {
                            kernel.run(
                                count: messages.count, byteCount: byteCount, stride: byteCount, in: bytes,
                                prefix: form.prefix, into: digests)
                        } else {
                            kernel.run(messages, in: bytes, prefix: form.prefix, into: digests)
                        }
                    }
                }
            }
        }
        return Self(kernel: kernel.name, form: form.rawValue, messageByteCount: byteCount, bytesPerSecond: rate)
    }

    /// A device's leaves, by its own clock without transfers, and by ours with copying, sending and fetching.
    static func device(_ hasher: OpenCLHasher, byteCount: Int, seconds: Double) throws -> [Self] {
        let sample = Sample(form: .leaf, byteCount: byteCount, total: 8 << 20, countMax: 131_072)
        let batches = try (0..<3).map { _ in
            try hasher.makeBatch(byteCapacity: max(1, sample.bytes.count), messageCapacity: sample.messages.count)
        }
        var kernelNanoseconds: UInt64 = 0
        var finished = 0
        var started = 0
        func finish() throws {
            try batches[finished % batches.count].wait { _, times in kernelNanoseconds += times.kernelNanoseconds }
            finished += 1
        }
        let clock = ContinuousClock()
        let start = clock.now
        while start.duration(to: clock.now) < .seconds(seconds) {
            if started - finished == batches.count { try finish() }
            let batch = batches[started % batches.count]
            sample.bytes.withUnsafeBytes { batch.bytes.copyMemory(from: $0) }
            _ = batch.messages.update(fromContentsOf: sample.messages)
            try batch.start(count: sample.messages.count, byteCount: sample.bytes.count)
            started += 1
        }
        while finished < started { try finish() }
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        let hashed = Double(sample.byteCount * started)
        let name = "\(hasher.device.name) (\(hasher.device.kind.rawValue))"
        return [("leaf, kernel alone", Double(kernelNanoseconds) / 1e9), ("leaf, with transfers", elapsed)].map {
            Self(
                kernel: name, form: $0.0, messageByteCount: byteCount,
                bytesPerSecond: hashed / max($0.1, .leastNormalMagnitude))
        }
    }

    private static func bytesPerSecond(_ byteCount: Int, seconds: Double, _ body: () -> Void) -> Double {
        body()  // warm
        var runs = 0
        let start = CoreClock.now
        var elapsed = Duration.zero
        repeat {
            body()
            runs += 1
            elapsed = CoreClock.now - start
        } while elapsed < .seconds(seconds)
        return Double(byteCount * runs) / (elapsed / .seconds(1))
    }
}
