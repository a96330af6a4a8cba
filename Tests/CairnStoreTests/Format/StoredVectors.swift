/// What a data directory of one small ledger holds, derived from docs/formats.md by a program of its own in another
/// language.
///
/// They are the formats: a change here is a new format, and needs a new version number.
enum StoredVectors {
    static let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    static let timestamp: UInt64 = 1_767_323_045_000_006

    /// `blocks/00000000000000000000.log`.
    static let segmentByteCount = 1_441
    static let segmentDigest = "42978b8c288ed5edf526f322e36ee0c2e0e487b2c731ca0ff87f6b7e5c8c7970"
    static let segmentHeader =
        "43524e53000000010000000000000000e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa0000"
        + "00000000000000000000162ce018"

    /// The first 24 bytes of each frame.
    static let frameHeaders = [
        "ff4346318376641e0000021e000000000000000000000000",
        "ff4346314f2a1d7b0000015b000000740000000000000001",
        "ff434631e86b7585000000b8000000740000000000000002",
    ]

    /// `blocks/index`: an entry a block.
    static let places = [
        "0000000000000000000000000000000000000040000002360000016aed0329dd",
        "0000000000000000000000050000000000000276000001e70000007475b98eca",
        "000000000000000500000001000000000000045d00000144000000005bb81651",
    ]

    /// `blocks/epochs`: epoch 0 ended with block 3.
    static let epochs = "00000000000000035120691e"

    /// The second slot of `blocks/seal`: its fields, and its checksum behind zeros.
    static let sealFields =
        "43524e450000000100000000000000030000000000000003000000000000000000000000000005a1af0596c01c5737e33689"
        + "4e8973b737d6be2111ba04a893aa43adea59bb8091fd"
    static let sealChecksum = "689f0d37"

    /// `tree/0`.
    static let treeDigest = "8b009247dd18dbaa978b1d93420d9ca08c225c4352c07101c2e8fc18f4beb7dd"

    /// `node.key`.
    static let keyFile = """
        cairn node key 1
        seed 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60
        public d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a

        """
}
