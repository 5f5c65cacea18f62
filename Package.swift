// swift-tools-version: 6.2
import PackageDescription

/// What every target of the house is built with: Swift 6 mode, explicit existentials, imports that leak only when said.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "samtal",
    products: [.executable(name: "samtal", targets: ["samtal"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    ],
    targets: [
        // C libraries: a module map and a shim header, nothing else.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CGMime", pkgConfig: "gmime-3.0", providers: [.apt(["libgmime-3.0-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CJQ", providers: [.apt(["libjq-dev"])]),

        // Floor 1
        .target(name: "Model", swiftSettings: house),
        // Floor 2
        .target(name: "Signing", dependencies: ["Model", "COpenSSL"], swiftSettings: house),
        .target(name: "Transports", dependencies: ["Model", "CCurl"], swiftSettings: house),
        .target(
            name: "Storage",
            dependencies: [
                "Model", "CPostgres", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: house),
        // Floor 3
        .target(
            name: "Connectors",
            dependencies: [
                "Model", "Signing", "Transports", "CJQ", "CXML", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: house),
        .target(name: "Mail", dependencies: ["Model", "Signing", "CXML"], swiftSettings: house),
        .target(name: "Conversations", dependencies: ["Model", "Signing", "Storage"], swiftSettings: house),
        .target(
            name: "Deliveries", dependencies: ["Model", "Storage", log, lifecycle], swiftSettings: house),
        // Floor 4
        .target(
            name: "Channels",
            dependencies: [
                "Model", "Signing", "Mail", "Transports", "Storage", "Connectors", "Conversations", "Deliveries", log,
            ],
            swiftSettings: house),
        .target(
            name: "Contracts",
            dependencies: [
                "Model", "Signing", "Transports", "Storage", "Connectors", "Conversations", "Deliveries", log,
            ],
            swiftSettings: house),
        // Floor 5
        .target(
            name: "Gateway",
            dependencies: [
                "Model", "Signing", "Transports", "Storage", "Connectors", "Conversations", "Deliveries", "Channels",
                "Contracts", log, lifecycle, .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        // Floor 6
        .executableTarget(
            name: "samtal",
            dependencies: [
                "Model", "Signing", "Transports", "Storage", "Connectors", "Conversations", "Deliveries", "Channels",
                "Contracts", "Gateway", log, lifecycle,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        // Beside the house: parts of `make bench`.
        .executableTarget(
            name: "bench",
            dependencies: [
                "Model", "Signing", "Storage", "Transports", "Mail", "CGMime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Tool", swiftSettings: house),
        .testTarget(name: "SigningTests", dependencies: ["Signing", "Model"], swiftSettings: house),
        .testTarget(
            name: "TransportsTests", dependencies: ["Transports", "Model", "TestSupport"],
            exclude: ["IMAP/Transcripts"], swiftSettings: house),
        .testTarget(
            name: "MailTests", dependencies: ["Mail", "Signing", "Model", "TestSupport"],
            exclude: ["Corpus", "Kinds", "Replies"], swiftSettings: house),
        .testTarget(
            name: "ConnectorsTests", dependencies: ["Connectors", "Signing", "Transports", "Model"],
            exclude: ["Mistakes"],
            swiftSettings: house),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Model", "Signing", "Storage", "TestSupport", "Transports"],
            exclude: ["verify_webhook.py", "validate_json.py", "Servers", "Chaos/levers.c"], swiftSettings: house),
        .target(
            name: "TestSupport", dependencies: ["Model", "Storage", "Transports"], path: "Tests/TestSupport",
            exclude: ["Servers"],
            swiftSettings: house),
        .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "StorageConformanceTests", dependencies: ["Model", "Storage", "TestSupport"], swiftSettings: house),
        .testTarget(
            name: "ConversationsTests", dependencies: ["Model", "Storage", "Conversations", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "DeliveriesTests",
            dependencies: [
                "Model", "Storage", "Deliveries", "TestSupport", log, lifecycle,
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ], swiftSettings: house),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Model", "Signing", "Transports", "Storage", "Connectors", "Conversations", "Deliveries", "Channels",
                "Contracts", "Gateway", "Mail", "TestSupport", log,
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], swiftSettings: house),
        .testTarget(
            name: "ConnectorConformanceTests", dependencies: ["Model", "Connectors", "Gateway", "TestSupport"],
            exclude: ["Folders"], swiftSettings: house),
        .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: house),
    ]
)
