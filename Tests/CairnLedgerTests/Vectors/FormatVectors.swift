/// Bytes and digests of one small ledger, derived from docs/formats.md by a program of its own in another language.
///
/// They are the formats: a change here is a new format, and needs a new version number.
enum FormatVectors {
    /// RFC 8032, section 7.1, test 1.
    static let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    static let publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    static let timestamp: UInt64 = 1_767_323_045_000_006

    /// Block 0.
    static let genesisAnnex =
        #"{"genesis":{"fault_model":"bft","format":1,"limits":{"block_bytes":4194304,"block_records":8192,"#
        + #""record_bytes":65535,"submission_window":1048576},"members":[{"key":"d75a980182b10ab7d54bfed3c96"#
        + #"4073a0ee172f3daa62325af021a68f707511a","power":1}],"message":"Every stone counts.","name":"examp"#
        + #"le.org/stones","random":"000102030405060708090a0b0c0d0e0f","rule":"vote"}}"#
    static let genesisHeader =
        "43524e3100000000000000000006475ef64cf346000000000000000000000000000000000000000000000000000000000000"
        + "00000000000000000000e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8559d1e4c506efa5895"
        + "55cd98ff7ca4452e2a4d5e6cd8ea94b259a2103907d38fc4d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
        + "1a68f707511a0000000000000000000000000000000000000000"
    static let chain = "e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa"

    /// Block 1: five records in three submissions with an id and one without.
    static let annex1 =
        #"{"submissions":{"ids":"s3oEF9UFaZrLnVjTxc9jRXs2oxuc75rXXk6P1w8OodB1HuaPkwyg8taN98nKwT/w","spans""#
        + #":[[0,2,1],[3,1,2]]}}"#

    /// Of client "alice" and key "one", "alice" and "two", "bob" and "one".
    static let submissionIDs = [
        "b37a0417d505699acb9d58d3c5cf6345",
        "7b36a31b9cef9ad75e4e8fd70f0ea1d0",
        "751ee68f930ca0f2d68df7c9cac13ff0",
    ]
    static let entries1 =
        "00177b2261223a5b747275652c6e756c6c5d2c2262223a317d00082273746f6ec3a922000531652b32310003302e3100027b"
        + "7d"
    static let header1 =
        "43524e3100000000000000010006475ef663d6a6e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e784"
        + "41aa00000000000000053d4f28dd0b62f06370f0856c47c45d940ba8ab148042ada65a39e39e8a6c19f5a421cd152590d638"
        + "3b95c3244b867c5b76b932af82656e8d2a796426bced38a0d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
        + "1a68f707511a0000000000000000000000000000000000000000"
    static let hash1 = "d3407f6584d32f99189bef0400a7d0bc0bf95868d46564e523ae76cf33fb6fdc"

    /// SHA-256 of the whole encoding.
    static let block1Digest = "3810619398ae6c265730ad8c60360c48071514c8a639655da4c1b6e75b00489f"

    /// Block 2: one record, no annex.
    static let block2 =
        "43524e3100000000000000020006475ef663d6a6d3407f6584d32f99189bef0400a7d0bc0bf95868d46564e523ae76cf33fb"
        + "6fdc00000000000000068a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d3130000000000000000"
        + "000000000000000000000000000000000000000000000000d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
        + "1a68f707511a00000000000000000000000000000000000000000000000000025b5d"
    static let hash2 = "af0596c01c5737e336894e8973b737d6be2111ba04a893aa43adea59bb8091fd"

    /// What the member signs for block 1, and the certificates of both blocks.
    static let voteMessage1 =
        "636169726e2f766f74652f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa0000000000"
        + "000000000000000000000103d3407f6584d32f99189bef0400a7d0bc0bf95868d46564e523ae76cf33fb6fdc"
    static let certificate1 =
        "00000000000000000000000000000001d3407f6584d32f99189bef0400a7d0bc0bf95868d46564e523ae76cf33fb6fdc0001"
        + "000052a6edb03bb77727f23bb72291582756a57cf620bbe97b31d8197e193e87fa78cb901bd5c65bd75f8ff8a0b2ec7be09b"
        + "4507eb007a6a3107a59d495fb78bae0f"
    static let certificate2 =
        "00000000000000000000000000000002af0596c01c5737e336894e8973b737d6be2111ba04a893aa43adea59bb8091fd0001"
        + "00003d07823df807ba109e39d967a7c523ca7e5f197dd268b8c943ef329c8ef0764d59a12bb1e2877cafc77e91e69153c730"
        + "5861f07a30fde00931df60965569260c"

    /// The tree of six records.
    static let leafHashes = [
        "51cd41c3c62c80aa7af2a9c751d37d092f5613b965f6af4dbf8df2d3cffab50e",
        "9f9b5ae8db70b46e26c985afccf3d39bc0767d24dbba7d3bb1e3d3eed2be8fe5",
        "b97dd9a831625ba6fa1c3d5b19d35d0d1764884bb893ea3e4417126027d41e68",
        "900aea2baaacfadad05a54ea73317db43ff7c89c35c2e87d05154e5c7b08ea1b",
        "28a3a18f6cd6406b086e9ffda1f9b8a13dbcf44b0f3f32cb9031a11fd053acf9",
        "f370acc9d8b734d907d177ef29f70d4102a6226a969871eef36ce547b2944361",
    ]
    static let rootOfFive = "3d4f28dd0b62f06370f0856c47c45d940ba8ab148042ada65a39e39e8a6c19f5"
    static let rootOfSix = "8a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d313"
    static let inclusionOfThreeInSix = [
        "b97dd9a831625ba6fa1c3d5b19d35d0d1764884bb893ea3e4417126027d41e68",
        "53b0cf2340d358903655e282b5b610dc3141d028858a7a0fad2b58280181dad3",
        "f621fa8365e86770b9f57128d518347ad1b62c62bb05ab7bf80c7e9a3553da61",
    ]
    static let consistencyOfFiveAndSix = [
        "28a3a18f6cd6406b086e9ffda1f9b8a13dbcf44b0f3f32cb9031a11fd053acf9",
        "f370acc9d8b734d907d177ef29f70d4102a6226a969871eef36ce547b2944361",
        "31756e824d87497cf209235721eb9ef55c6b4dccf183a87e8492368973e0bc63",
    ]
}
