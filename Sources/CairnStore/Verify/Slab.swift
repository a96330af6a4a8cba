/// Memory for plain values that is filled, read and filled again, by whichever thread has it at the time.
///
/// Fresh memory is not touched, so that room that is never used costs nothing. Nothing may be read that wasn't written,
/// and nothing is destroyed: only values without references belong here.
struct Slab<Element>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init() {
        self.start = .allocate(capacity: 0)
        self.capacity = 0
    }

    deinit {
        self.start.deallocate()
    }

    /// Makes room for `count` values. The first `kept` stay.
    mutating func reserve(_ count: Int, keeping kept: Int = 0) {
        guard count > self.capacity else { return }
        let capacity = max(count, self.capacity + self.capacity / 2)
        let fresh = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        fresh.initialize(from: self.start, count: kept)
        self.start.deallocate()
        self.start = fresh
        self.capacity = capacity
    }

    func values(_ range: Range<Int>) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(start: self.start + range.lowerBound, count: range.count)
    }

    func room(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: self.start + range.lowerBound, count: range.count)
    }
}
