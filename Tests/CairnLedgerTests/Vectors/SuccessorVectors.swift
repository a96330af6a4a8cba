/// A genesis block that names the ledger of `FormatVectors` as its predecessor, derived from docs/formats.md by a program of
/// its own in another language.
enum SuccessorVectors {
    static let timestamp: UInt64 = 1_767_323_047_500_006
    static let random = "0f0e0d0c0b0a09080706050403020100"
    static let annex =
        #"{"genesis":{"fault_model":"majority","format":1,"limits":{"block_bytes":4194304,"block_records":8192"#
        + #","record_bytes":65535,"submission_window":1048576},"members":[{"key":"3d4017c3e843895a92b70aa74d1b7e"#
        + #"bc9c982ccf2ec4968cc0cd55f12af4660c","power":1}],"message":"The next stone.","name":"example.org/ston"#
        + #"es/2","predecessor":{"chain":"e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa","roo"#
        + #"t":"8a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d313","size":6},"random":"0f0e0d0c0b"#
        + #"0a09080706050403020100","rule":"vote"}}"#
    static let header =
        "43524e3100000000000000000006475ef67318e6000000000000000000000000000000000000000000000000000000000000"
        + "00000000000000000000e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85550c6ca6a27f79e64"
        + "4e58ac5b1a8931ea5a42a38766c34e697d21a69683ed63f23d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd"
        + "55f12af4660c0000000000000000000000000000000000000000"
    static let chain = "ceef46e0a7acd32d3a22ec09bd99b48ebb61bb1165c45f8f351afc6da7c05f33"
}
