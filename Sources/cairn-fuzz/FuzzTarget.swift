/// A parser of bytes that come from outside, by the name that it has on the command line and in `Tests/Corpus`.
///
/// Whatever the bytes are, it answers or refuses; what it takes it would write in the same way. Anything else traps, which
/// is what a fuzzer looks for.
enum FuzzTarget: String, CaseIterable {
    // Texts.
    case json
    case annex
    case note
    case proof
    case policy
    case evidence
    // What blocks are made of, and how they are sent.
    case block
    case certificate
    case history
    case link
    case address
    // Files of a data directory. Each takes them as they are, and with the checksums put right.
    case frames
    case journal
    case seal
    case places
    case epochs
    case tree
    case base
    case index

    func run(_ bytes: [UInt8]) {
        switch self {
        case .json: FuzzTexts.json(bytes)
        case .annex: FuzzTexts.annex(bytes)
        case .note: FuzzTexts.note(bytes)
        case .proof: FuzzTexts.proof(bytes)
        case .policy: FuzzTexts.policy(bytes)
        case .evidence: FuzzTexts.evidence(bytes)
        case .block: FuzzBlocks.block(bytes)
        case .certificate: FuzzBlocks.certificate(bytes)
        case .history: FuzzBlocks.history(bytes)
        case .link: FuzzLinks.message(bytes)
        case .address: FuzzLinks.addresses(bytes)
        case .frames: FuzzFiles.frames(bytes)
        case .journal: FuzzFiles.journal(bytes)
        case .seal: FuzzFiles.seal(bytes)
        case .places: FuzzFiles.places(bytes)
        case .epochs: FuzzFiles.epochs(bytes)
        case .tree: FuzzFiles.tree(bytes)
        case .base: FuzzBlocks.base(bytes)
        case .index: FuzzIndex.file(bytes)
        }
    }
}
