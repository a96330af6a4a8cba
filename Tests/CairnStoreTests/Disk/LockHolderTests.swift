import CairnStore
import Testing

struct LockHolderTests {
    private static let table = """
        1: POSIX  ADVISORY  WRITE 11 08:01:100 0 EOF
        2: FLOCK  ADVISORY  WRITE 12 08:01:1001 0 EOF
        3: FLOCK  ADVISORY  WRITE 13 00:2f:100 0 EOF
        3: -> FLOCK  ADVISORY  WRITE 14 08:01:200 0 EOF
        4: FLOCK  ADVISORY  READ 0 08:01:300 0 EOF
        5: OFDLCK ADVISORY  READ -1 08:01:300 0 EOF
        half a line
        """

    @Test("B2: the holder of a lock is found in the system's table")
    func holder() {
        #expect(LockHolder.process(locking: 100, in: Self.table) == 13)
        #expect(LockHolder.process(locking: 1001, in: Self.table) == 12)
        // Somebody who waits, and one of another PID namespace.
        for inode: UInt64 in [200, 300, 1, 0] { #expect(LockHolder.process(locking: inode, in: Self.table) == nil) }
        #expect(LockHolder.process(locking: 100, in: "") == nil)
    }
}
