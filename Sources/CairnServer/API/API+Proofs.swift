internal import CairnLedger
internal import CairnNode
internal import NIOHTTP1

extension API {
    var proofRoutes: [Route] {
        let node = self.node
        return [
            Route(.GET, "/v1/records/{number}/proof", parameters: ["tree_size"]) { request, _ throws(Problem) in
                let number = RecordNumber(rawValue: try Query.number(request.parameters[0], name: "number"))
                let size = try request.query.number("tree_size").map(TreeSize.init(rawValue:))
                return .blocking { () throws(Problem) in
                    let proof = try reading { () throws(ReadError) in try node.inclusionProof(of: number, in: size) }
                    return .json(capacity: 4_096) { json in
                        json.field("number", proof.number)
                        json.field("leaf_hash", proof.leafHash)
                        json.field("tree_size", proof.treeSize)
                        json.field("root", proof.root)
                        json.field("path", proof.path)
                    }
                }
            },
            Route(.GET, "/v1/consistency", parameters: ["from", "to"]) { request, _ throws(Problem) in
                guard let from = try request.query.number("from") else {
                    throw Problem(.badParameter, "\"from\" is missing: the smaller tree's size.").with(
                        "parameter", "from")
                }
                let to = try request.query.number("to").map(TreeSize.init(rawValue:))
                return .blocking { () throws(Problem) in
                    let proof = try reading { () throws(ReadError) in
                        try node.consistencyProof(from: TreeSize(rawValue: from), to: to)
                    }
                    return .json(capacity: 4_096) { json in
                        json.field("from", proof.oldSize)
                        json.field("to", proof.newSize)
                        json.field("from_root", proof.oldRoot)
                        json.field("to_root", proof.newRoot)
                        json.field("path", proof.path)
                    }
                }
            },
        ]
    }
}
