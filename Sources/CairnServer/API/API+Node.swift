internal import CairnLedger
internal import CairnNode
internal import CairnStore
internal import NIOHTTP1

extension API {
    var nodeRoute: Route {
        let (node, isDemo) = (self.node, self.isDemo)
        return Route(.GET, "/v1/node") { _, _ throws(Problem) in
            let status = node.status
            let settings = node.genesisSettings
            return .response(
                .json(capacity: 1_024) { json in
                    json.field("name", status.name)
                    json.field("message", settings.message)
                    json.field("chain", status.chain)
                    json.name("predecessor")
                    if let predecessor = settings.predecessor { json.value(predecessor) } else { json.null() }
                    json.field("key", status.key.description)
                    json.field("version", status.version)
                    json.field("started_at", status.startedAt)
                    json.name("head")
                    json.object { json in
                        json.field("index", status.head.index)
                        json.field("hash", status.headHash)
                        json.field("timestamp", status.head.timestamp)
                        json.field("tree_size", status.head.treeSize)
                        json.field("tree_root", status.head.treeRoot)
                    }
                    json.fields(status.members)
                    json.fields(ofClusterNode: status, listen: node.linkAddress)
                    json.field("queued_records", UInt64(status.queuedRecords))
                    if let indexed = status.indexedBlock {
                        json.field("indexed_block", indexed)
                    } else {
                        json.nullField("indexed_block")
                    }
                    json.name("scrub")
                    if let scrub = status.scrub { json.value(scrub) } else { json.null() }
                    json.name("repair")
                    json.value(status.repair)
                    json.fields(status.readiness)
                    json.field("demo", isDemo)
                })
        }
    }

    /// `GET /v1/validate`: reads and checks everything that is stored, or the blocks of a range. Whoever accepts
    /// `text/event-stream` is told how far it is.
    var validateRoute: Route {
        let (node, validations) = (self.node, self.validations)
        return Route(.GET, "/v1/validate", parameters: ["from", "to"]) { request, context throws(Problem) in
            let head = node.head.index
            var options = ValidationOptions()
            options.from = BlockIndex(rawValue: try request.query.number("from") ?? 0)
            options.to = try request.query.number("to").map(BlockIndex.init(rawValue:))
            let to = options.to ?? head
            guard options.from <= to else {
                throw Problem(.badParameter, "\"from\" is \(options.from), which is more than \"to\", \(to).")
                    .with("parameter", "from")
            }
            guard to <= head else { throw Problem(ReadError.noSuchBlock(to, head: head)) }
            if request.accepts("text/event-stream") {
                return try validations.events(node, options, context, result: Self.json)
            }
            return try validations.run(node, options, context) { .json(.ok, Self.json($0)) }
        }
    }

    private static func json(_ report: ValidationReport) -> JSONWriter {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("valid", report.isValid)
            json.field("blocks", report.blocks)
            json.field("records", report.records)
            json.field("bytes", report.bytes)
            json.name("execution_time")
            json.value(report.seconds)
            if let block = report.failure?.block {
                json.field("failed_block", block)
            } else {
                json.nullField("failed_block")
            }
            if let failure = report.failure {
                json.field("file", failure.file)
                json.field("reason", failure.reason)
            } else {
                json.nullField("file")
                json.nullField("reason")
            }
            json.name("notes")
            json.array { json in
                for note in report.notes { json.value(note) }
            }
        }
        return json
    }

    /// `POST /v1/tamper`: damages a record on disk, to show that validation finds it.
    var tamperRoute: Route {
        let (node, isDemo) = (self.node, self.isDemo)
        return Route(.POST, "/v1/tamper") { _, _ throws(Problem) in
            guard isDemo else { throw Problem.notADemo }
            return .blocking { () throws(Problem) in
                let index = try reading { () throws(ReadError) in try node.tamper() }
                return .json { $0.field("block_index", index) }
            }
        }
    }
}

extension Problem {
    static var notADemo: Problem { Problem(.notADemo, "Start the server with --demo to try this.") }
}

extension JSONWriter {
    fileprivate mutating func value(_ predecessor: Predecessor) {
        self.object { json in
            json.field("chain", predecessor.chain)
            json.field("tree_size", predecessor.size)
            json.field("tree_root", predecessor.root)
        }
    }

    fileprivate mutating func value(_ scrub: ScrubStatus) {
        self.object { json in
            json.field("bytes_per_second", scrub.bytesPerSecond)
            json.name("progress")
            json.value(scrub.progress)
            if let time = scrub.lastPassFinishedAt {
                json.field("last_pass_finished_at", time)
            } else {
                json.nullField("last_pass_finished_at")
            }
            json.name("corruption")
            if let corruption = scrub.corruption {
                json.object { $0.fields(corruption) }
            } else {
                json.null()
            }
        }
    }

    private mutating func fields(_ corruption: Corruption) {
        if let block = corruption.block { self.field("block", block) } else { self.nullField("block") }
        self.field("file", corruption.file)
        self.field("reason", corruption.reason)
    }

    fileprivate mutating func value(_ repair: RepairStatus) {
        self.object { json in
            json.name("damage")
            if let damage = repair.damage {
                json.object { json in
                    json.fields(damage.corruption)
                    json.field("found_at", damage.foundAt)
                    if let obstacle = damage.obstacle {
                        json.field("obstacle", obstacle)
                    } else {
                        json.nullField("obstacle")
                    }
                }
            } else {
                json.null()
            }
            json.field("healed_blocks", repair.healedBlocks)
            json.name("healings")
            json.array { json in
                for healing in repair.healings {
                    json.object { json in
                        json.field("block", healing.block)
                        json.field("found_at", healing.foundAt)
                        json.field("healed_at", healing.healedAt)
                        json.field("peer", healing.peer)
                    }
                }
            }
        }
    }
}

extension Request {
    /// Whether the Accept header names a media type, whatever else it names.
    func accepts(_ type: String) -> Bool {
        self.headers[canonicalForm: "accept"].contains { $0.prefix { $0 != ";" }.lowercased().trimmed == type }
    }
}
