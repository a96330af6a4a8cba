internal import CairnHash
internal import CairnLedger

/// Reads frames one after another through all segments, from any frame on, with few large reads into one buffer.
struct FrameReader {
    /// What stands at the reader's position.
    enum Step {
        /// A frame that is whole; the reader went on behind it.
        case frame(FinalBlock, header: Frame.Header, at: LogPosition)
        /// Not a frame; the reader stays.
        case bad(FrameError, at: LogPosition)
        /// Behind the last frame of the last segment.
        case end
    }

    private let segments: [Segment]
    private(set) var position: LogPosition
    /// Bytes of the present segment from `bufferStart` on.
    private var buffer: [UInt8] = []
    private var bufferStart: UInt64 = 0

    /// One read's size: two of the largest frames, so that memory stays bounded and reads stay large.
    static let readBytes = 2 * Frame.byteCountMax
    private let readBytes: Int

    init(_ segments: [Segment], from position: LogPosition = .start, readBytes: Int = Self.readBytes) {
        self.segments = segments
        self.position = position
        self.readBytes = readBytes
    }

    mutating func next() throws(StoreError) -> Step {
        while true {
            guard self.position.segment < self.segments.count else { return .end }
            var available = try self.fill(atLeast: Frame.headerByteCount)
            if available == 0 {
                if self.position.segment + 1 == self.segments.count { return .end }
                self.position = LogPosition(segment: self.position.segment + 1, offset: LogPosition.start.offset)
                self.buffer = []
                continue
            }
            switch self.header(available) {
            case .failure(let error):
                return .bad(error, at: self.position)
            case .success(let header):
                available = try self.fill(atLeast: header.frameByteCount)
                switch self.frame(available) {
                case .failure(let error):
                    return .bad(error, at: self.position)
                case .success(let final):
                    let place = self.position
                    self.position.offset += UInt64(header.frameByteCount)
                    return .frame(final, header: header, at: place)
                }
            }
        }
    }

    private func header(_ available: Int) -> Result<Frame.Header, FrameError> {
        do throws(FrameError) {
            return .success(try Frame.Header(decoding: self.buffer.span.bytes.extracting(self.range(available))))
        } catch {
            return .failure(error)
        }
    }

    private func frame(_ available: Int) -> Result<FinalBlock, FrameError> {
        do throws(FrameError) {
            return .success(try Frame.decode(self.buffer.span.bytes.extracting(self.range(available))).final)
        } catch {
            return .failure(error)
        }
    }

    /// Where the bytes from the position on stand in the buffer.
    private func range(_ available: Int) -> Range<Int> {
        let start = Int(self.position.offset - self.bufferStart)
        return start..<start + available
    }

    /// Goes on to the next place where a frame may begin, from the byte behind the reader's position on.
    ///
    /// - Returns: false at the end of the log.
    mutating func skip() throws(StoreError) -> Bool {
        self.position.offset += 1
        while self.position.segment < self.segments.count {
            let available = try self.fill(atLeast: Frame.headerByteCount)
            if available < Frame.headerByteCount {
                self.position = LogPosition(segment: self.position.segment + 1, offset: LogPosition.start.offset)
                self.buffer = []
                if self.position.segment < self.segments.count { return true }
            } else if let place = self.findMagic(available) {
                self.position.offset += UInt64(place)
                return true
            } else {
                // A magic may begin in the last bytes that were read.
                self.position.offset += UInt64(available - Frame.magicBytes.count + 1)
            }
        }
        return false
    }

    /// Frames that are whole, in a part of the log.
    struct WholeFrames {
        var count = 0
        /// How many blocks they say are durable; 0 when there are no frames.
        var newestMark: UInt64 = 0
    }

    /// Searches the rest of the log for frames that are whole, from the byte behind the reader's position on.
    mutating func wholeFramesBehind() throws(StoreError) -> WholeFrames {
        var found = WholeFrames()
        var isInside = try self.skip()
        while isInside {
            switch try self.next() {
            case .frame(_, let header, _):
                found.count += 1
                found.newestMark = max(found.newestMark, header.durableBlocks)
            case .bad: isInside = try self.skip()
            case .end: isInside = false
            }
        }
        return found
    }

    // MARK: Buffer

    private func findMagic(_ available: Int) -> Int? {
        let range = self.range(available)
        var place = range.lowerBound
        while place + Frame.magicBytes.count <= range.upperBound {
            if self.buffer[place] == Frame.magicBytes[0],
                self.buffer[place..<place + Frame.magicBytes.count].elementsEqual(Frame.magicBytes)
            {
                return place - range.lowerBound
            }
            place += 1
        }
        return nil
    }

    /// Makes sure that the buffer holds `count` bytes from the position on, or all that the segment still has.
    /// Returns how many it holds.
    private mutating func fill(atLeast count: Int) throws(StoreError) -> Int {
        let bufferEnd = self.bufferStart + UInt64(self.buffer.count)
        if self.position.offset >= self.bufferStart, self.position.offset + UInt64(count) <= bufferEnd {
            return Int(bufferEnd - self.position.offset)
        }
        let file = self.segments[self.position.segment].file
        let offset = self.position.offset
        self.buffer = try onDisk { () throws(DiskError) in
            try file.bytes(at: offset, count: max(count, self.readBytes))
        }
        self.bufferStart = offset
        return self.buffer.count
    }
}
