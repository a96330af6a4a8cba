import Testing

struct LayerTests {
    private static let small = """
        let package = Package(
            name: "p",
            dependencies: [.package(url: "u", from: "1.0.0")],
            targets: [
                // .target(name: "Comment"),
                .target(name: "CCairnHash", cSettings: cSettings),
                .target(name: "CairnHash", dependencies: ["CCairnHash"], swiftSettings: swiftSettings),
                .target(
                    name: "CairnLedger",
                    dependencies: ["CairnHash", .product(name: "Crypto", package: "swift-crypto")]),
                .target(name: "CairnStore", dependencies: ["CairnLedger"]),
                .testTarget(name: "CairnHashTests", dependencies: ["CairnHash"]),
            ])
        """
    private static let manifest = PackageManifest(text: small)

    private func findings(_ text: String, in target: String) -> [String] {
        let file = SourceFile(path: "Sources/\(target)/a.swift", text: text)
        return Layers.findings(in: file, manifest: Self.manifest).map(\.problem)
    }

    // MARK: The checks catch what they are for

    @Test func theManifestIsRead() {
        #expect(
            Self.manifest.targets.map(\.name) == [
                "CCairnHash", "CairnHash", "CairnLedger", "CairnStore", "CairnHashTests",
            ])
        #expect(Self.manifest.target("CairnLedger")?.targets == ["CairnHash"])
        #expect(Self.manifest.target("CairnLedger")?.products == ["Crypto"])
        #expect(Self.manifest.target("CairnHashTests")?.isTest == true)
        #expect(Self.manifest.reachable(from: "CairnStore") == ["CairnLedger", "CairnHash", "CCairnHash"])
        #expect(Layers.findings(in: Self.manifest).isEmpty)
    }

    @Test func arrowsThatPointUp() {
        for (target, text, problem) in [
            ("CairnHash", "import CairnLedger", "CairnHash uses CairnLedger, which doesn't stand below it"),
            ("CairnStore", "import CairnIndex", "CairnStore uses CairnIndex, which doesn't stand below it"),
            ("CairnLedger", "public import CairnServer", "CairnLedger uses CairnServer, which doesn't stand below it"),
            ("CairnStore", "import CCairnHash", "CCairnHash is only for CairnHash, not for CairnStore"),
        ] {
            #expect(self.findings(text, in: target) == [problem])
        }
    }

    @Test func dependenciesThatAreNotDeclared() {
        #expect(
            self.findings("import Logging", in: "CairnStore")
                == ["Logging is used, and Package.swift doesn't declare it for CairnStore"])
        // Another target's product is not this one's.
        #expect(self.findings("import Crypto", in: "CairnStore").count == 1)
        #expect(self.findings("import Crypto\nimport CairnHash\nimport Synchronization", in: "CairnLedger").isEmpty)
        #expect(self.findings("", in: "Unknown") == ["Package.swift has no target Unknown"])
    }

    @Test func arrowsInTheManifest() {
        let up = PackageManifest(
            text: """
                .target(name: "CairnHash", dependencies: ["CairnLedger"]), .target(name: "CairnLedger"),
                .target(name: "CairnNew"), .target(name: "CairnIndex", dependencies: ["CairnStore", "CCairnDisk"])
                """)
        #expect(
            Layers.findings(in: up).map(\.problem) == [
                "CairnHash uses CairnLedger, which doesn't stand below it",
                "target CairnNew has no layer: give it one in Layers.ranks",
                "CCairnDisk is only for CairnStore, not for CairnIndex",
                "CairnIndex uses CairnStore, which doesn't stand below it",
            ])
    }

    // MARK: The house

    @Test func importsOnlyPointDown() throws {
        let manifest = PackageManifest(text: try Repository.text(of: "Package.swift"))
        #expect(manifest.targets.count > 10)
        let findings =
            Layers.findings(in: manifest)
            + (try Repository.sources.get().flatMap { Layers.findings(in: $0, manifest: manifest) })
        #expect(findings == [])
    }
}
