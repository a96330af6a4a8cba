package import CairnHash
package import CairnLedger
package import CairnNode
internal import NIOCore

extension JSONWriter {
    package mutating func value(_ stored: StoredRecord) {
        self.object { json in
            json.field("number", stored.number)
            json.name("data")
            json.raw(stored.record.canonicalBytes)
            json.field("leaf_hash", stored.leafHash)
            json.name("block")
            json.value(stored.block)
        }
    }

    package mutating func value(_ block: BlockReference) {
        self.object { json in
            json.field("index", block.index)
            json.field("hash", block.hash)
            json.field("timestamp", block.timestamp)
        }
    }

    package mutating func field(_ name: String, _ path: [Digest]) {
        self.name(name)
        self.array { json in
            for hash in path { json.value(hash) }
        }
    }

    package mutating func value(_ final: FinalBlock, withRecords: Bool) {
        let block = final.block
        let header = block.header
        self.object { json in
            json.field("index", header.index)
            json.field("hash", header.hash)
            json.field("timestamp", header.timestamp)
            json.field("previous_hash", header.previousHash)
            json.field("tree_size", header.treeSize)
            json.field("tree_root", header.treeRoot)
            json.field("annex_hash", header.annexHash)
            json.name("annex")
            if block.annexBytes.isEmpty { json.null() } else { json.raw(block.annexBytes) }
            json.field("proposer", header.proposer.description)
            json.field("epoch", header.epoch)
            json.field("first_record", block.firstRecord)
            json.field("record_count", UInt64(block.entries.count))
            json.name("certificate")
            if let certificate = final.certificate { json.value(certificate) } else { json.null() }
            var bytes: [UInt8] = []
            header.encode(into: &bytes)
            json.name("header")
            json.hex(bytes)
            if withRecords { json.records(of: block) }
        }
    }

    private mutating func records(of block: Block) {
        let leafHashes = block.entries.leafHashes()
        self.name("records")
        self.array { json in
            for position in 0..<block.entries.count {
                json.object { json in
                    json.field("number", block.firstRecord + position)
                    json.name("data")
                    json.raw(block.entries[position].canonicalBytes)
                    json.field("leaf_hash", leafHashes[position])
                }
            }
        }
    }

    /// The members of the next block, as fields of an object.
    mutating func fields(_ epoch: EpochMembers) {
        self.field("epoch", epoch.epoch)
        self.field("fault_model", epoch.members.faultModel.rawValue)
        self.name("members")
        self.array { json in
            for member in epoch.members.members {
                json.object { json in
                    json.field("key", member.key.description)
                    json.field("power", member.power)
                }
            }
        }
    }

    package mutating func value(_ certificate: Certificate) {
        self.object { json in
            json.field("epoch", certificate.epoch)
            json.field("kind", certificate.kind == .notarise ? "notarise" : "finalise")
            json.field("view", certificate.view)
            json.name("votes")
            json.array { json in
                for vote in certificate.votes {
                    json.object { json in
                        json.field("member", UInt64(vote.member))
                        json.name("signature")
                        json.hex(vote.signature.bytes)
                    }
                }
            }
        }
    }
}
