import Foundation

/// `/proc`, in which the system's queues look up the threads of this process (libdispatch's `_dispatch_workq_monitor_pools`), by the
/// numbers that they have in its PID namespace. When they find none, they end the process with a signal, seconds after its start.
enum ProcessFolder {
    private static let path = "/proc/self"

    /// - Throws: when this process isn't found in `/proc` by its own number.
    static func check() throws(CommandFailure) {
        #if os(Linux)
            let number = try? FileManager.default.destinationOfSymbolicLink(atPath: self.path)
            guard number == String(getpid()) else {
                throw .failed(
                    "/proc isn't mounted, or shows the processes of another PID namespace, and cairn needs its own there: "
                        + "mount it ('mount -t proc proc /proc', 'unshare --mount-proc')")
            }
        #endif
    }
}
