/// A change of members behind the ledger of `FormatVectors`, derived from docs/formats.md by a program of its own in
/// another language.
enum EpochVectors {
    /// The seed of the key that joins: RFC 8032, section 7.1, test 2.
    static let secondSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"

    /// The next set, its hash, and what is signed.
    static let nextContent =
        #"{"fault_model":"majority","members":[{"key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a6"#
        + #"8f707511a","power":1},{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","pow"#
        + #"er":2}]}"#
    static let nextHash = "1465f0c288e41660fb5e7fa7ad72b97241dd15406ffd03f0ba50bd6adc6add4e"
    static let changeMessage =
        "636169726e2f6d656d626572732f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa0000"
        + "0000000000001465f0c288e41660fb5e7fa7ad72b97241dd15406ffd03f0ba50bd6adc6add4e"

    /// Block 3: the change and no records.
    static let annex3 =
        #"{"change":{"epoch":0,"fault_model":"majority","joining":["e29cd2b6d036634a86dda8c7aa8c51b9053531b817"#
        + #"8aee66cf220fff51cd5c222ef7a49160b0a99c1d1249b8929ab9ce4a7225fcd32d1f2ea8a8d3baa4f9e10c"],"members":["#
        + #"{"key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a","power":1},{"key":"3d4017c"#
        + #"3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","power":2}],"signatures":[[0,"beeef2bc8ce"#
        + #"42eabd6519377661afd8b5c37df20a49d616ab3b9d9fc990ccdb8a5eb9affd4265118f76fbd12f45e7cfe9001071c2e944e0"#
        + #"3e3c7fc4b310c1007"]]}}"#
    static let header3 =
        "43524e3100000000000000030006475ef663d6a6af0596c01c5737e336894e8973b737d6be2111ba04a893aa43adea59bb80"
        + "91fd00000000000000068a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d3132f05e0b7ed2eaee3"
        + "bbd83acaa5c39806257a1c38d9162375e3a2e74765d896b3d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
        + "1a68f707511a0000000000000000000000000000000000000000"
    static let hash3 = "31b555cd0364b917e5b7542e72467c52976fcce2a740dbcc57b77a5732233d43"
    static let certificate3 =
        "0000000000000000000000000000000331b555cd0364b917e5b7542e72467c52976fcce2a740dbcc57b77a5732233d430001"
        + "0000a6b4b1833e8dc089a22bcce3d1c40fe1195cb6a9c1d07a7ee49a68a57b219b2857115cd3ff23d6dd770109b478e8cec6"
        + "e7425e6249d9bd5adee3981c51d82003"

    /// The draft that both signed.
    static let draft =
        #"{"chain":"e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa","epoch":0,"fault_model":"#
        + #""majority","members":[{"key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a","pow"#
        + #"er":1},{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","power":2}],"signat"#
        + #"ures":[{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","signature":"e29cd2"#
        + #"b6d036634a86dda8c7aa8c51b9053531b8178aee66cf220fff51cd5c222ef7a49160b0a99c1d1249b8929ab9ce4a7225fcd3"#
        + #"2d1f2ea8a8d3baa4f9e10c"},{"key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",""#
        + #"signature":"beeef2bc8ce42eabd6519377661afd8b5c37df20a49d616ab3b9d9fc990ccdb8a5eb9affd4265118f76fbd12"#
        + #"f45e7cfe9001071c2e944e03e3c7fc4b310c1007"}]}"#

    /// The history of members up to epoch 1: its length, and SHA-256 of it.
    static let historyByteCount = 1372
    static let historyDigest = "a22059bf54f79b0df86bab92d7903008abe0d631aab84a6addee14d55a3af7bd"
}
