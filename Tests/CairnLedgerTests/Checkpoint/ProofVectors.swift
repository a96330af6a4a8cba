/// Proof, policy and submission of the ledger in `FormatVectors`, derived from docs/proofs.md by a program of its own in
/// another language. docs/proofs.md shows them.
enum ProofVectors {
    static let origin = "example.org/stones"
    static let logSeed = "cdbfdaeb9a98552b029fa3a6cdbc55767f213631f9ac4ea38dcfd057dc54ee63"
    static let cosignerSeed = "4a5a90bdb18ca1091a09467bb3a66d58e73ce6a3b6e80ed5c7f4a9c1d6da5282"
    static let logKey = "d504f1015d72e8e626c425c82566e05536b2fed50ea840b09da7bde944288c62"
    static let cosignerKey = "5800057719b41bed7e4b68bf211f2f2dce0be1941c685db6734723f2a2fc0823"
    static let certified =
        "636169726e2f6e6f74652d6b6579732f3100e64917938b5c3c3dc8aa933254c560d799539274b28d5d45b258ad34e78441aa"
        + "d504f1015d72e8e626c425c82566e05536b2fed50ea840b09da7bde944288c625800057719b41bed7e4b68bf211f2f2dce0b"
        + "e1941c685db6734723f2a2fc0823"
    static let certificate =
        "a834113836357728916484293e836203849b627ccf67f89f0991abfc5f1931c2e93ec1fd220ec2d0e390979bc41c293f7dfd"
        + "13481ffd3717182c8fab845a160c"
    /// Of the cosignature.
    static let time: UInt64 = 1_767_323_047

    static let checkpoint =
        """
        example.org/stones
        6
        ik/XemJ87djkgfsGpwHDaCUwomn/1ZgjMmjv4zPH0xM=

        — example.org/stones vdq3aTIp91Mw3iVekhwhIQDaLQfSqZBtAQYjOMc00vKjEdoVlpXGVX+qyOroVKTjzFOTEYnPevydK2eP3qCCejWxuwQ=
        — example.org/stones/d75a980182b10ab7 nPb/aAAAAABpVzWnSFB9phjPTltqH8yFG4raa5lotHeykrwFJNzej1XFmqh5MpumRyqPvArJOv4D8QkU4LJpPglGziaYawiYreTNAA==

        """

    /// Of record 3.
    static let record = "0.1"
    static let proof =
        """
        c2sp.org/tlog-proof@v1
        index 3
        uX3ZqDFiW6b6HD1bGdNdDRdkiEu4k+o+RBcSYCfUHmg=
        U7DPI0DTWJA2VeKCtbYQ3DFB0CiFinoPrStYKAGB2tM=
        9iH6g2XoZ3C59XEo1Rg0etG2LGK7Bat7+Ax+mjVT2mE=

        example.org/stones
        6
        ik/XemJ87djkgfsGpwHDaCUwomn/1ZgjMmjv4zPH0xM=

        — example.org/stones vdq3aTIp91Mw3iVekhwhIQDaLQfSqZBtAQYjOMc00vKjEdoVlpXGVX+qyOroVKTjzFOTEYnPevydK2eP3qCCejWxuwQ=
        — example.org/stones/d75a980182b10ab7 nPb/aAAAAABpVzWnSFB9phjPTltqH8yFG4raa5lotHeykrwFJNzej1XFmqh5MpumRyqPvArJOv4D8QkU4LJpPglGziaYawiYreTNAA==

        """

    static let policy =
        """
        log example.org/stones+bddab769+AdUE8QFdcujmJsQlyCVm4FU2sv7VDqhAsJ2nvelEKIxi
        witness d75a980182b10ab7 example.org/stones/d75a980182b10ab7+9cf6ff68+BFgABXcZtBvtfktovyEfLy3OC+GUHGhdtnNHI/Ki/Agj
        group members 1 d75a980182b10ab7
        quorum members

        """

    /// From size 5 on.
    static let submission =
        """
        old 5
        KKOhj2zWQGsIbp/9ofm4oT289EsPPzLLkDGhH9BTrPk=
        83Csydi3NNkH0XfvKfcNQQKmImqWmHHu82zlR7KUQ2E=
        MXVugk2HSXzyCSNXIeue9VxrTczxg6h+hJI2iXPgvGM=

        example.org/stones
        6
        ik/XemJ87djkgfsGpwHDaCUwomn/1ZgjMmjv4zPH0xM=

        — example.org/stones vdq3aTIp91Mw3iVekhwhIQDaLQfSqZBtAQYjOMc00vKjEdoVlpXGVX+qyOroVKTjzFOTEYnPevydK2eP3qCCejWxuwQ=
        — example.org/stones/d75a980182b10ab7 nPb/aAAAAABpVzWnSFB9phjPTltqH8yFG4raa5lotHeykrwFJNzej1XFmqh5MpumRyqPvArJOv4D8QkU4LJpPglGziaYawiYreTNAA==

        """
}
