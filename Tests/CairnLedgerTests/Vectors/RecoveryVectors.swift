/// A recovery after the ledger of `FormatVectors`, derived from docs/formats.md by a program of its own in another language.
enum RecoveryVectors {
    /// Seeds of the recovery keys: 32 times this byte each.
    static let seedBytes: [UInt8] = [1, 2, 3]

    /// The settings of epochs 1 and 2.
    static let settings =
        #"{"agreement":"simplex-1","limits":{"block_bytes":4194304,"block_records":8192,"record_bytes":65535,""#
        + #"submission_window":1048576},"recovery":{"keys":["8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df"#
        + #"60f5b8fc9b394","8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c","ed4928c628d1c2c6e"#
        + #"ae90338905995612959273a5c63f93636c14614ac8737d1"],"needed":2}}"#

    /// Block 3, in which the only member names the keys.
    static let annex3 =
        #"{"change":{"epoch":0,"fault_model":"bft","format":2,"joining":[],"members":[{"key":"d75a980182b10ab7"#
        + #"d54bfed3c964073a0ee172f3daa62325af021a68f707511a","power":1}],"settings":{"agreement":"simplex-1","l"#
        + #"imits":{"block_bytes":4194304,"block_records":8192,"record_bytes":65535,"submission_window":1048576}"#
        + #","recovery":{"keys":["8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394","8a88e3dd740"#
        + #"9f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c","ed4928c628d1c2c6eae90338905995612959273a5c63"#
        + #"f93636c14614ac8737d1"],"needed":2}},"signatures":[[0,"341ebb6c92af07e15bae248fb28e6edb232d6d6f8e666b"#
        + #"2d4d88d52dad4b565c12561eeaec4ddb0120c1a34aee9d3191237b92f00cfa1e68eb3d7de189ccae0f"]]}}"#
    static let header3 =
        "43524e3100000000000000030006475ef663d6a6af0596c01c5737e336894e8973b737d6be2111ba04a893aa43adea59bb80"
        + "91fd00000000000000068a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d3133de8b20f8238f65d"
        + "3ff243949988e0c159add13596f709d510b438f15d93daadd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af02"
        + "1a68f707511a0000000000000000000000000000000000000000"
    static let certificate3 =
        "0000000000000000000000000000000365b20854a3d1b6c645aa5968a6c2a3d0bd6d578234f09f9d1215e1c325303b960001"
        + "0000c0c35d1a786fccee5d82f119589a9a7d56b5406f01b5b2a3a8de628766981890309e477344cdc972a1d11d63abdc3dc4"
        + "13a3fa395588fbf5cf77558b384dae09"

    /// Block 4, which the first and the third key sign; and what they sign.
    static let annex4 =
        #"{"change":{"epoch":1,"fault_model":"bft","format":2,"joining":["e3cbbf4b2814b74e78f8f4f86535a878a4fd"#
        + #"0800b2d78c9e388519c8874338eb82f4aed0dd5b5005065fa3982151a0618b15a289655b10f129376789c2dfc20d"],"memb"#
        + #"ers":[{"key":"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c","power":1}],"recover"#
        + #"y":true,"settings":{"agreement":"simplex-1","limits":{"block_bytes":4194304,"block_records":8192,"re"#
        + #"cord_bytes":65535,"submission_window":1048576},"recovery":{"keys":["8139770ea87d175f56a35466c34c7ecc"#
        + #"cb8d8a91b4ee37a25df60f5b8fc9b394","8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c""#
        + #","ed4928c628d1c2c6eae90338905995612959273a5c63f93636c14614ac8737d1"],"needed":2}},"signatures":[]}}"#
    static let header4 =
        "43524e3100000000000000040006475ef663d6a665b20854a3d1b6c645aa5968a6c2a3d0bd6d578234f09f9d1215e1c32530"
        + "3b9600000000000000068a4fd77a627cedd8e481fb06a701c3682530a269ffd598233268efe333c7d31346df144d4e82bc4a"
        + "612154bac2294e25bdcd736a41651a7dba5e4c9593b38c9c3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd"
        + "55f12af4660c0000000000000001000000000000000000000000"
    static let hash4 = "e78fd6615e87d168f0986da7907551d71d8b790ea201e8a0b5b06c01b894c5e9"
    static let message =
        "636169726e2f7265636f766572792f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa00"
        + "00000000000001000000000000000465b20854a3d1b6c645aa5968a6c2a3d0bd6d578234f09f9d1215e1c325303b96e78fd6"
        + "615e87d168f0986da7907551d71d8b790ea201e8a0b5b06c01b894c5e9"
    static let certificate4 =
        "00000000000000010000000000000000e78fd6615e87d168f0986da7907551d71d8b790ea201e8a0b5b06c01b894c5e90002"
        + "0000dbe3b66ec75327f4d36beba9bffbf00127e505defcecc6ab1438c5005498b9c46187a769edbf1fe17fa4d7d393bcf750"
        + "227507c5c5a90bdfd8b00014efc45704000261f284dc1d5b45fc8cc07bbb739f5cc029cc154d35e0939af662c1c6c1302482"
        + "f5516d98d60d96847b44f2546fa63af207f64d30038b0521cfd5b6fef77ae104"

    /// The history of members up to epoch 2: its length, and SHA-256 of it.
    static let historyByteCount = 2602
    static let historyDigest = "e33667de4e80e76060fbc264e4146ab9f03fbddac0eb33ef5d3cb19108397174"
}
