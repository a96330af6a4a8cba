internal import CairnLedger
internal import CairnNode
internal import CairnStore
internal import NIOHTTP1

extension API {
    var nodeRoute: Route {
        let (node, isDemo) = (self.node, self.isDemo)
        return Route(.GET, "/v1/node") { _, _ throws(Problem) in
            let status = node.status
            let message = node.genesisSettings.message
            return .response(
                .json(capacity: 1_024) { json in
                    json.field("name", status.name)
                    json.field("message", message)
                    json.field("chain", status.chain)
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
                    json.field("queued_records", UInt64(status.queuedRecords))
                    if let indexed = status.indexedBlock {
                        json.field("indexed_block", indexed)
                    } else {
                        json.nullField("indexed_block")
                    }
                    json.field("ready", status.notReady == nil)
                    if let reason = status.notReady { json.field("reason", reason) } else { json.nullField("reason") }
                    json.field("demo", isDemo)
                })
        }
    }

    /// `GET /v1/validate`: reads and checks everything that is stored, or the blocks of a range.
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
            return try validations.run(node, options, context) { report in
                .json { json in
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
            }
        }
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
