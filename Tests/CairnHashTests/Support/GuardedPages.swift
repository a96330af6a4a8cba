#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory with a page before and one after it that nobody may touch: reading outside ends the process.
final class GuardedPages {
    let bytes: UnsafeMutableRawBufferPointer
    private let whole: UnsafeMutableRawBufferPointer

    init?(pages: Int) {
        let page = Int(getpagesize())
        let size = (pages + 2) * page
        guard let start = mmap(nil, size, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0), start != MAP_FAILED else {
            return nil
        }
        self.whole = UnsafeMutableRawBufferPointer(start: start, count: size)
        self.bytes = UnsafeMutableRawBufferPointer(start: start + page, count: pages * page)
        guard mprotect(start + page, pages * page, PROT_READ | PROT_WRITE) == 0 else { return nil }
    }

    deinit {
        munmap(self.whole.baseAddress, self.whole.count)
    }
}
