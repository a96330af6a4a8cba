package import CairnConsensus
internal import CairnLedger
internal import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What time it is: an argument, so that tests need not wait.
package struct PeerClock: Sendable {
    package let now: @Sendable () -> Moment

    package static let system = PeerClock {
        Moment(
            instant: Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds),
            timestamp: Timestamp(microseconds: UInt64(max(0, Date().timeIntervalSince1970) * 1_000_000)))
    }
}
