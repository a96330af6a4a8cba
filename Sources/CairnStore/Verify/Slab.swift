/// Memory for plain values that is filled, read and filled again, by whichever thread has it at the time.
///
/// Fresh memory is not touched, so that room that is never used costs nothing. Nothing may be read that wasn't written,
/// and nothing is destroyed: only values without references belong here.
package struct Slab<Element>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init() {
        self.start = .allocate(capacity: 0)
        self.capacity = 0
    }

    deinit {
        self.start.deallocate()
    }

    var byteCount: Int { self.capacity * MemoryLayout<Element>.stride }

    /// Makes room for `count` values. When it has to grow, nothing of what was there stays.
    mutating func reserve(_ count: Int) {
        guard count > self.capacity else { return }
        self.start.deallocate()
        self.start = .allocate(capacity: count)
        self.capacity = count
    }

    func values(_ range: Range<Int>) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(start: self.start + range.lowerBound, count: range.count)
    }

    func room(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: self.start + range.lowerBound, count: range.count)
    }
}
