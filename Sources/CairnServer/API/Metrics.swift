internal import CairnConsensus
internal import CairnLedger
internal import CairnNode
internal import NIOCore
internal import NIOHTTP1

/// `GET /metrics`: the Prometheus text format, version 0.0.4.
struct Metrics: Sendable {
    let node: Node
    let state: ServerState
    /// The routing table up to this route.
    let routes: [Route]

    var route: Route {
        Route(.GET, "/metrics") { _, context throws(Problem) in
            // Each event loop counts for itself; the counters are read there.
            let parts = self.state.loops.map { box in box.eventLoop.submit { Part(box.value) } }
            let all = EventLoopFuture.whenAllSucceed(parts, on: context.eventLoop)
            return .future(
                all.map { self.response($0.reduce(into: Part()) { $0.add($1) }) }
                    .recover { _ in Problem(.cancelled, "The server is stopping.").response() })
        }
    }

    /// The counters of one event loop, or of all.
    private struct Part: Sendable {
        var counts: [LoopState.Count: UInt64] = [:]
        var appendedRecords: UInt64 = 0
        var refusedAppends: [Problem.Code: UInt64] = [:]

        init() {}

        init(_ loop: LoopState) {
            self.counts = loop.counts
            self.appendedRecords = loop.appendedRecords
            self.refusedAppends = loop.refusedAppends
        }

        mutating func add(_ other: Part) {
            self.counts.merge(other.counts, uniquingKeysWith: +)
            self.appendedRecords += other.appendedRecords
            self.refusedAppends.merge(other.refusedAppends, uniquingKeysWith: +)
        }
    }

    private func response(_ part: Part) -> Response {
        let status = self.node.status
        var text = MetricsText()
        text.metric("cairn_head_block_index", .gauge, "Index of the newest final block.", status.head.index.rawValue)
        text.metric("cairn_records", .gauge, "Records in the ledger.", status.head.treeSize.rawValue)
        text.metric("cairn_queued_records", .gauge, "Records that wait to be written.", UInt64(status.queuedRecords))
        text.metric("cairn_ready", .gauge, "1 when the node takes records.", status.readiness.isReady ? 1 : 0)
        text.begin("cairn_not_ready", .gauge, "1 for each reason why the node takes no records.")
        for obstacle in status.readiness.obstacles { text.sample("cairn_not_ready", [("reason", obstacle.code)], 1) }
        text.metric(
            "cairn_head_ahead_seconds", .gauge, "How far the newest block's time is ahead of this machine's clock.",
            status.head.timestamp.microseconds.subtractingOrZero(Timestamp.now().microseconds) / 1_000_000)
        text.metric("cairn_votes", .gauge, "1 when the node is a member and votes.", status.vote == .votes ? 1 : 0)
        text.metric("cairn_epoch", .gauge, "Epoch of the next block.", status.members.epoch.rawValue)
        text.metric("cairn_view", .gauge, "View of the epoch that the member is in.", status.view.rawValue)
        text.metric("cairn_members", .gauge, "Members of the epoch.", UInt64(status.members.members.members.count))
        text.metric("cairn_links", .gauge, "Nodes that there is a link to.", UInt64(status.linkCount))
        text.metric(
            "cairn_evidence", .gauge, "Proofs that a member voted for two things at once.",
            UInt64(status.evidence.count))
        text.metric(
            "cairn_blocks_behind", .gauge, "Final blocks that others say they have and this node is fetching.",
            status.catchUp.map { $0.claimed.rawValue - min($0.stored.rawValue, $0.claimed.rawValue) } ?? 0)
        text.metric(
            "cairn_history_blocks_missing", .gauge,
            "Blocks before the snapshot that the ledger began with, not here yet.",
            status.snapshot.map { $0.firstBlock.rawValue - $0.historyHead.rawValue } ?? 0)
        text.metric(
            "cairn_start_time_seconds", .gauge, "When the node was opened, since 1970-01-01T00:00:00Z.",
            status.startedAt.microseconds / 1_000_000)
        text.metric(
            "cairn_appended_records_total", .counter, "Records that clients of this server appended.",
            part.appendedRecords)
        text.begin("cairn_refused_appends_total", .counter, "Submissions that the node refused.")
        for (code, count) in part.refusedAppends.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            text.sample("cairn_refused_appends_total", [("reason", code.rawValue)], count)
        }
        text.metric(
            "cairn_http_connections", .gauge, "Open connections.", UInt64(clamping: self.state.connections.count))
        text.metric(
            "cairn_http_held_body_bytes", .gauge, "Memory that bodies of requests take.",
            UInt64(clamping: self.state.budget.heldBytes))
        text.begin("cairn_http_requests_total", .counter, "Answers by route and status.")
        let counts = part.counts.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
        for (key, count) in counts {
            // This route is the last; nothing was found at -1.
            let route = self.routes.indices.contains(key.route) ? self.routes[key.route] : nil
            let pattern = route?.pattern ?? (key.route < 0 ? "none" : "/metrics")
            text.sample(
                "cairn_http_requests_total",
                [
                    ("method", route?.method.rawValue ?? (key.route < 0 ? "any" : "GET")), ("route", pattern),
                    ("status", String(key.status)),
                ], count)
        }
        return Response(.ok, contentType: "text/plain; version=0.0.4; charset=utf-8", body: text.buffer)
    }
}

/// Builds the text. Label values of ours need no escapes.
private struct MetricsText {
    enum Kind: String {
        case counter
        case gauge
    }

    var buffer = ByteBuffer()

    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.buffer.writeString("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: UInt64) {
        let list = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        self.buffer.writeString(labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n")
    }

    mutating func metric(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) {
        self.begin(name, kind, help)
        self.sample(name, [], value)
    }
}

extension UInt64 {
    fileprivate func subtractingOrZero(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
