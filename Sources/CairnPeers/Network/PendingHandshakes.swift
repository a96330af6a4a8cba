/// Incoming connections that haven't said who they are, bounded in all and by where they come from. Pure.
struct PendingHandshakes {
    private let limit: Int
    private let limitPerHost: Int
    private var hosts: [UInt64: String] = [:]
    private var countPerHost: [String: Int] = [:]

    init(limits: PeerLimits) {
        self.limit = limits.handshakes
        self.limitPerHost = limits.handshakesPerHost
    }

    var count: Int { self.hosts.count }

    /// Whether there is room for one more.
    mutating func begin(id: UInt64, host: String) -> Bool {
        guard self.hosts.count < self.limit, self.countPerHost[host, default: 0] < self.limitPerHost else {
            return false
        }
        self.hosts[id] = host
        self.countPerHost[host, default: 0] += 1
        return true
    }

    /// For one that isn't counted, nothing.
    mutating func end(id: UInt64) {
        guard let host = self.hosts.removeValue(forKey: id), let count = self.countPerHost[host] else { return }
        self.countPerHost[host] = count > 1 ? count - 1 : nil
    }
}
