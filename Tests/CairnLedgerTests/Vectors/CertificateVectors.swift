/// Certificates of the two members of `EpochVectors`, derived from docs/formats.md by a program of its own in another
/// language.
enum CertificateVectors {
    /// What both sign, and the certificate of all as it stands with a block.
    static let notariseMessage =
        "636169726e2f766f74652f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa0000000000"
        + "0000010000000000000007015b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b"
    static let ofAll =
        "000000000000000100000000000000075b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b8002"
        + "00009ff0f2b8df62f36a1a3df9d3380ec743063fe2f953b7b6c4a01a43fbc730712e471814fb85d18d8a21cd214eab0c6cb4"
        + "457dc394bb2372ca90a7af9374983a0000012a1bb2d78ea04fdba082eb9a718ae73c3d51b0577b96da6d6561d7314a0d8038"
        + "e0901b865a72e7b47d24c9e3a511e6a09ea30b6d0724976df643fbc413767d0b"

    /// What the second one signs in place of that, and the notarisation as it stands beside its kind.
    static let supportMessage =
        "636169726e2f766f74652f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa0000000000"
        + "0000010000000000000007055b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b"
    static let notarisation =
        "000000000000000100000000000000075b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b0002"
        + "00009ff0f2b8df62f36a1a3df9d3380ec743063fe2f953b7b6c4a01a43fbc730712e471814fb85d18d8a21cd214eab0c6cb4"
        + "457dc394bb2372ca90a7af9374983a0080016b954cc0270602f516bb4ad4afeab6bb0e2968af30521663cd41cc831c1e5e56"
        + "7a70ec7716295a51d56f7270ad05a9a104fa0fae44c6057f0a318a413c112101"
}
