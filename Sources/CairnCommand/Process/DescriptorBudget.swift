package import CairnPeers
import CairnServer
import Foundation
import NIOCore

/// How many files and connections a process may have open at once, and who may take how many: so that strangers' connections
/// never take what the ledger's files need.
package struct DescriptorBudget: Equatable, Sendable {
    /// Below, a node has no room for connections beside its files.
    package static let limitMin = 256

    package let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    // MARK: Shares

    /// Links, fewer than usual where the limit is low.
    package var peerLimits: PeerLimits {
        var limits = PeerLimits()
        let share = self.limit / 8
        limits.links = min(limits.links, share)
        limits.handshakes = min(limits.handshakes, share)
        limits.handshakesPerHost = min(limits.handshakesPerHost, limits.handshakes)
        limits.handshakesReserved = min(limits.handshakesReserved, share / 2)
        limits.memberDialsAtOnce = min(limits.memberDialsAtOnce, share / 4)
        return limits
    }

    /// HTTP connections: what is left behind the files that are open already, some more (segments that come, the index,
    /// validations, files being read), and links.
    ///
    /// - Parameter used: descriptors that are open when the ledger is.
    package func connections(used: Int) -> Int {
        let peers = self.peerLimits
        let links = peers.descriptors
        let growth = 64 + self.limit / 16
        return max(8, min(ServerConfiguration().connectionsMax, self.limit - used - growth - links))
    }

    /// What every command needs: descriptors of the event loops, three for each core, and of the system's own queues, and some
    /// files. With fewer, these end the process with a signal.
    package static var limitForAnything: Int { 64 + 3 * System.coreCount }

    /// - Throws: when the limit is too low for any command.
    package func checkForAnything() throws(CommandFailure) {
        let needed = Self.limitForAnything
        guard self.limit >= needed else {
            throw .failed(
                "this process may have only \(self.limit) files open at once, and cairn needs \(needed) at least: raise "
                    + "'ulimit -n', or LimitNOFILE of the service")
        }
    }

    /// - Throws: when the limit is too low for a node.
    package func check() throws(CommandFailure) {
        guard self.limit >= Self.limitMin else {
            throw .failed(
                "this process may have only \(self.limit) files open at once, and a node needs \(Self.limitMin) at least: raise "
                    + "'ulimit -n', or LimitNOFILE of the service")
        }
    }

    // MARK: This process

    /// What this process has, after it took what every command needs, as far as it may. Not all: what it starts, such as a pager,
    /// gets the same.
    package static var atStart: DescriptorBudget {
        var limits = rlimit()
        guard getrlimit(Self.kind, &limits) == 0 else { return DescriptorBudget(limit: .max) }
        let wanted = min(limits.rlim_max, rlim_t(Self.limitForAnything))
        if limits.rlim_cur < wanted {
            var raised = limits
            raised.rlim_cur = wanted
            if setrlimit(Self.kind, &raised) == 0 { limits = raised }
        }
        return DescriptorBudget(limit: Int(clamping: limits.rlim_cur))
    }

    /// What this process has, after it took all that it may.
    package static var present: DescriptorBudget {
        var limits = rlimit()
        guard getrlimit(Self.kind, &limits) == 0 else { return DescriptorBudget(limit: 1_024) }
        if limits.rlim_cur < limits.rlim_max {
            var raised = limits
            raised.rlim_cur = limits.rlim_max
            #if canImport(Darwin)
                raised.rlim_cur = min(raised.rlim_cur, rlim_t(OPEN_MAX))
            #endif
            if setrlimit(Self.kind, &raised) == 0 { limits = raised }
        }
        return DescriptorBudget(limit: Int(clamping: limits.rlim_cur))
    }

    /// Descriptors that are open now; a guess where the system doesn't tell.
    package static var used: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 128
    }

    #if canImport(Glibc)
        private static var kind: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var kind: Int32 { RLIMIT_NOFILE }
    #endif
}
