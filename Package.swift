// swift-tools-version: 6.2

import PackageDescription

/// What every target of ours is built with: Swift 6 language mode, explicit imports and existentials, no warnings left.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// How the program is linked: with Swift's own libraries in it, so that it runs on machines without Swift.
///
/// Only the link is told so, and not the compiler (as `--static-swift-stdlib` would), so that the tests, whose library can't be
/// linked like that, run on the very modules that ship. What Foundation consists of is named here, since modules that
/// were compiled for its shared library don't name it. `STDLIB_LINK=shared` is for toolchains without the static libraries.
let programLinkerSettings: [LinkerSetting] =
    Context.environment["STDLIB_LINK"] == "shared"
    ? []
    : [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux]))]
        + [
            "CoreFoundation", "_FoundationCollections", "_FoundationCShims", "_FoundationICU", "stdc++",
            "swiftSynchronization",
        ].map { .linkedLibrary($0, .when(platforms: [.linux])) }

let cSettings: [CSetting] = [
    .treatAllWarnings(as: .error)
]

let package = Package(
    name: "cairn",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "cairn", targets: ["cairn"]),
        .executable(name: "cairn-sim", targets: ["cairn-sim"]),
        .library(name: "CairnClient", targets: ["CairnClient"]),
        .library(name: "CairnLedger", targets: ["CairnLedger"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["JSON"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Layers, from the bottom up: imports only point down. docs/architecture.md says what lives where, and
        // Tests/HouseTests holds this list to it.
        .target(name: "CCairnHash", cSettings: cSettings),
        .target(name: "CairnLock", swiftSettings: swiftSettings),
        .target(name: "CairnHash", dependencies: ["CCairnHash"], swiftSettings: swiftSettings),
        .target(
            name: "CairnLedger",
            dependencies: ["CairnHash", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swiftSettings),
        .target(name: "CairnConsensus", dependencies: ["CairnLedger"], swiftSettings: swiftSettings),
        .target(name: "CCairnDisk", cSettings: cSettings),
        .target(
            name: "CairnStore", dependencies: ["CCairnDisk", "CairnLedger", "CairnLock"], swiftSettings: swiftSettings),
        .target(
            name: "CairnIndex",
            dependencies: ["CairnLedger", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swiftSettings),
        .target(
            name: "CairnPeers",
            dependencies: [
                "CairnConsensus", "CairnLedger", "CairnLock",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            exclude: ["Wire/link.proto"],
            swiftSettings: swiftSettings),
        .target(
            name: "CairnNode",
            dependencies: [
                "CairnConsensus", "CairnLock", "CairnStore", "CairnIndex", "CairnPeers",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "CairnServer",
            dependencies: [
                "CairnLock", "CairnNode", "CairnPeers",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("API/openapi.json"), .embedInCode("Explorer/explorer.html")],
            swiftSettings: swiftSettings),
        .target(
            name: "CairnClient",
            dependencies: [
                "CairnHash", "CairnLedger", "CairnLock",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "CairnCommand",
            dependencies: [
                "CairnHash", "CairnLedger", "CairnStore", "CairnPeers", "CairnNode", "CairnServer", "CairnClient",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cairn", dependencies: ["CairnCommand"], swiftSettings: swiftSettings,
            linkerSettings: programLinkerSettings),
        // The simulator: a whole cluster in one thread, from one seed.
        .target(
            name: "CairnSimulation", dependencies: ["CairnHash", "CairnLedger", "CairnConsensus", "CairnStore"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cairn-sim",
            dependencies: [
                "CairnHash", "CairnLock", "CairnSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "cairn-vote-speed",
            dependencies: [
                "CairnHash", "CairnLedger", "CairnLock", "CairnConsensus",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cairn-link-speed",
            dependencies: [
                "CairnConsensus", "CairnHash", "CairnLedger", "CairnPeers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cairn-make-ledger",
            dependencies: [
                "CairnHash", "CairnLedger", "CairnStore", "CairnNode",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        // The parsers of bytes that come from outside, for fuzzers; docs/testing-by-force.md.
        .executableTarget(
            name: "cairn-fuzz",
            dependencies: [
                "CairnHash", "CairnIndex", "CairnLedger", "CairnPeers", "CairnStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cairn-speed",
            dependencies: ["CairnHash", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: swiftSettings),
        // What bench/tiles.py compares a node with.
        .executableTarget(
            name: "plain-http",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "bench/plain_http",
            swiftSettings: swiftSettings),

        // Tests stand beside the target that they test.
        // What several test targets use.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnHashTests",
            dependencies: [
                "CairnHash", "CCairnHash", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Vectors"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnLedgerTests", dependencies: ["CairnLedger", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnConsensusTests", dependencies: ["CairnConsensus", "TestSupport"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnStoreTests", dependencies: ["CairnLock", "CairnStore", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(name: "CairnIndexTests", dependencies: ["CairnIndex"], swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnPeersTests",
            dependencies: [
                "CairnConsensus", "CairnHash", "CairnLedger", "CairnLock", "CairnPeers", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnNodeTests", dependencies: ["CairnLock", "CairnNode", "TestSupport"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnServerTests",
            dependencies: [
                "CairnHash", "CairnLedger", "CairnLock", "CairnNode", "CairnServer",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnClientTests",
            dependencies: [
                "CairnClient", "CairnHash", "CairnLedger", "CairnLock", "CairnNode", "CairnServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnCommandTests",
            dependencies: [
                "CairnCommand", "CairnClient", "CairnHash", "CairnLedger", "CairnLock", "CairnNode", "CairnPeers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Help/Texts"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "CairnSimulationTests", dependencies: ["CairnLock", "CairnSimulation"], swiftSettings: swiftSettings),
        .testTarget(name: "HouseTests", swiftSettings: swiftSettings),
    ]
)
