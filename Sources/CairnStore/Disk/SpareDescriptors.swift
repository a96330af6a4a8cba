internal import CairnLock

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Descriptors that a process keeps for its disk: when it has as many files open as it may, because connections took them
/// all or the limit was lowered under it, one of these gives way to a file that the ledger can't do without.
public enum SpareDescriptors {
    /// A new segment takes one for good, 64 MiB later the next; the folder that is synced with it takes one for a moment.
    private static let countMax = 8

    private static let held = Lock<(isWanted: Bool, descriptors: [Int32])>((false, []))

    /// Takes them, early in a process: low numbers are below any limit that is set later.
    public static func take() {
        self.held.withLock { held in
            held.isWanted = true
            Self.fill(&held.descriptors)
        }
    }

    /// Gives one back to the system.
    ///
    /// - Returns: false when there is none left.
    static func lend() -> Bool {
        self.held.withLock { held in
            guard let descriptor = held.descriptors.popLast() else { return false }
            close(descriptor)
            return true
        }
    }

    /// Takes those again that were lent, as far as there are any to be had.
    static func refill() {
        self.held.withLock { held in
            if held.isWanted, held.descriptors.count < Self.countMax { Self.fill(&held.descriptors) }
        }
    }

    private static func fill(_ descriptors: inout [Int32]) {
        while descriptors.count < Self.countMax {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            descriptors.append(descriptor)
        }
    }
}
