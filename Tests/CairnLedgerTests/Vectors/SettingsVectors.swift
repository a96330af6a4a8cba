/// A change of settings after the change of members of `EpochVectors`, derived from docs/formats.md by a program of its own
/// in another language.
enum SettingsVectors {
    /// The next settings, their hash, and what is signed.
    static let content =
        #"{"agreement":"simplex-1","limits":{"block_bytes":4194304,"block_records":8192,"record_bytes":65535,""#
        + #"submission_window":4096}}"#
    static let contentHash = "f9613e1982ba96a9befd11de9b7b6770962ea0b5e7c5e0c0e2c161818ab78a24"
    static let message =
        "636169726e2f65706f63682f3200e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa00000000"
        + "000000011465f0c288e41660fb5e7fa7ad72b97241dd15406ffd03f0ba50bd6adc6add4ef9613e1982ba96a9befd11de9b7b"
        + "6770962ea0b5e7c5e0c0e2c161818ab78a24"

    /// Block 4: the change and no records. Only the second member signs, who is a quorum.
    static let annex4 =
        #"{"change":{"epoch":1,"fault_model":"majority","format":2,"joining":[],"members":[{"key":"d75a980182b"#
        + #"10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a","power":1},{"key":"3d4017c3e843895a92b70aa74d"#
        + #"1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","power":2}],"settings":{"agreement":"simplex-1","limits":{"b"#
        + #"lock_bytes":4194304,"block_records":8192,"record_bytes":65535,"submission_window":4096}},"signatures"#
        + #"":[[1,"f6cfbdf8927e801de6642d64b636eda23f23582a0e14479b10b54f8b9c0ded456649a645e2f6f41d9d1db39ec38d6"#
        + #"1683918b571d82747d8e4207ed328f74102"]]}}"#
    static let header4 =
        "43524e3100000000000000040006475ef663d6a631b555cd0364b917e5b7542e72467c52976fcce2a740dbcc57b77a573223"
        + "3d4300000000000000068a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d31326ef4b77ec26c51e"
        + "a94d7106ee271131e48b520917a954191c463b70380bf8c53d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd"
        + "55f12af4660c0000000000000001000000000000000000000000"
    static let hash4 = "517c532f3a61f8262ece126f001fa6e3ccb911ebb0bf702f1f4a9c39e4933891"
    static let certificate4 =
        "00000000000000010000000000000001517c532f3a61f8262ece126f001fa6e3ccb911ebb0bf702f1f4a9c39e49338910001"
        + "00018f9c1f199185fedadcf2f6e0eb9fa9ff8e4ad12c9db545ed86c68d542f4ea34c563f52c0970064b58a9c5aefdf631bfa"
        + "873de6f3c7fb1ff877739f162da1ab02"

    /// The draft that it signed.
    static let draft =
        #"{"chain":"e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa","epoch":1,"fault_model":"#
        + #""majority","format":2,"members":[{"key":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70"#
        + #"7511a","power":1},{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","power":"#
        + #"2}],"settings":{"agreement":"simplex-1","limits":{"block_bytes":4194304,"block_records":8192,"record"#
        + #"_bytes":65535,"submission_window":4096}},"signatures":[{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982"#
        + #"ccf2ec4968cc0cd55f12af4660c","signature":"f6cfbdf8927e801de6642d64b636eda23f23582a0e14479b10b54f8b9c"#
        + #"0ded456649a645e2f6f41d9d1db39ec38d61683918b571d82747d8e4207ed328f74102"}]}"#

    /// The history of members up to epoch 2: its length, and SHA-256 of it.
    static let historyByteCount = 2212
    static let historyDigest = "7295ad6346f486c94a5c055957d2771494dbf3babe248e6636855be4805ae7d5"
}
