#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The lowest priority, for threads whose work can always wait.
enum LowPriority {
    static func takeOnThisThread() {
        #if os(Linux)
            // On Linux this is the priority of the calling thread alone.
            setpriority(__priority_which_t(0), 0, 19)
        #endif
    }
}
