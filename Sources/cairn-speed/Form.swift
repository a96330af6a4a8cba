import ArgumentParser

/// What is hashed.
enum Form: String, CaseIterable, ExpressibleByArgument {
    /// The message itself.
    case plain
    /// 0x00 and the message: a leaf of the ledger's tree.
    case leaf
    /// Leaves of half to one and a half times the size.
    case mixed
    /// 0x01 and two digests: a node of the tree.
    case node
    /// A block's header.
    case header

    /// The one size that it has.
    var fixedByteCount: Int? {
        switch self {
        case .plain, .leaf, .mixed: nil
        case .node: 64
        case .header: 176
        }
    }

    var prefix: UInt8? {
        switch self {
        case .plain, .header: nil
        case .leaf, .mixed: 0x00
        case .node: 0x01
        }
    }
}
