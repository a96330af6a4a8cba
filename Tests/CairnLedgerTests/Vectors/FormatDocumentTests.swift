import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// docs/formats.md shows the vectors that the tests pin.
struct FormatDocumentTests {
    private static let document: String? = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return try? String(contentsOf: folder.appending(path: "docs/formats.md"), encoding: .utf8)
    }()

    private static let vectors =
        [
            FormatVectors.seed, FormatVectors.publicKey, String(FormatVectors.timestamp), FormatVectors.genesisAnnex,
            FormatVectors.genesisHeader, FormatVectors.chain, FormatVectors.annex1, FormatVectors.entries1,
            FormatVectors.header1, FormatVectors.hash1, FormatVectors.block1Digest, FormatVectors.block2,
            FormatVectors.hash2, FormatVectors.voteMessage1, FormatVectors.certificate1, FormatVectors.certificate2,
            FormatVectors.rootOfFive, FormatVectors.rootOfSix, EpochVectors.secondSeed, EpochVectors.nextContent,
            EpochVectors.nextHash, EpochVectors.changeMessage, EpochVectors.annex3, EpochVectors.header3,
            EpochVectors.hash3, EpochVectors.certificate3, EpochVectors.draft, EpochVectors.historyDigest,
            CertificateVectors.notariseMessage, CertificateVectors.ofAll, CertificateVectors.supportMessage,
            CertificateVectors.notarisation,
            SuccessorVectors.annex, String(SuccessorVectors.timestamp), SuccessorVectors.header,
            SuccessorVectors.chain,
        ] + FormatVectors.submissionIDs + FormatVectors.leafHashes + FormatVectors.inclusionOfThreeInSix
        + FormatVectors.consistencyOfFiveAndSix

    @Test func everyVectorIsInTheDocument() throws {
        let document = try #require(Self.document, "docs/formats.md is missing")
        for vector in Self.vectors { #expect(document.contains(vector), "\(vector)") }
    }

    @Test func aVectorThatIsNotThereIsNoticed() throws {
        let document = try #require(Self.document)
        for vector in Self.vectors where vector.count >= 16 {
            let last = vector.hasSuffix("0") ? "1" : "0"
            #expect(!document.contains(vector.dropLast() + last))
        }
    }
}
