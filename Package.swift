// swift-tools-version: 6.2
//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import PackageDescription

/// Compiler settings of every target. Warnings are errors where `STRICT_WARNINGS` is set, as `make test` does, so that a
/// newer compiler's new warning does not stop a user's build.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (Context.environment["STRICT_WARNINGS"] == nil ? [] : [.treatAllWarnings(as: .error)])

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "switchboard",
    products: [
        .executable(name: "switchboard", targets: ["switchboard"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        // Without pkgConfig: its file asks for libevent, which only a part of the library that we do not use needs.
        .systemLibrary(name: "CUnbound", providers: [.apt(["libunbound-dev"])]),

        .systemLibrary(name: "CLDAP", pkgConfig: "ldap", providers: [.apt(["libldap-dev"])]),

        // Pure: values and machines, no input or output
        library("XMPPCore", ["CIDN2"]),
        library("XMPPPayloads", ["XMPPCore"]),
        library("BizBuddyCore"),
        library("XMPPSASL", ["XMPPTLS"]),

        // Edge: libxml2, OpenSSL and libunbound behind contracts of ours
        library("XMPPXML", ["XMPPCore", "CLibXML2", nioCore]),
        library("XMPPTLS", ["COpenSSL", nioCore]),
        library("XMPPDNS", ["XMPPCore", "CUnbound", nioCore, deque]),

        // Streams
        library("XMPPStream", ["XMPPCore", "XMPPPayloads", "XMPPXML", "XMPPTLS", "XMPPSASL", nioCore, logging]),
        library(
            "XMPPClient",
            ["XMPPCore", "XMPPXML", "XMPPTLS", nioCore, nioPosix, logging]),

        // Stores
        library("XMPPStorage", [grdb]),
        library("BizBuddyStorage", ["BizBuddyCore", grdb]),

        // Where customers' records come from
        library("BizBuddyRecords", ["BizBuddyCore", "XMPPTLS", "CLDAP", nioCore, nioPosix, nioHTTP1]),

        // Server and its features
        library(
            "XMPPServer",
            [
                "XMPPCore", "XMPPXML", "XMPPTLS", "XMPPSASL", "XMPPStream", "XMPPStorage", "XMPPPayloads",
                nioCore, nioPosix, nioHTTP1, logging, metrics, coreMetrics, lifecycle, deque,
            ]),
        library("XMPPModules", ["XMPPCore", "XMPPXML", "XMPPPayloads", "XMPPServer", "XMPPStorage", logging, metrics]),

        // Other servers
        library(
            "XMPPFederation",
            [
                "XMPPCore", "XMPPPayloads", "XMPPXML", "XMPPTLS", "XMPPDNS", "XMPPStream", "XMPPServer", "XMPPStorage",
                nioCore, nioPosix, logging, metrics, coreMetrics, deque,
            ]),

        // The customer-service bridge, an ordinary component
        library(
            "BizBuddyBridge",
            [
                "BizBuddyCore", "BizBuddyRecords", "BizBuddyStorage", "XMPPCore", "XMPPPayloads", "XMPPClient",
                "XMPPTLS",
                logging, metrics, lifecycle,
            ]),

        // The program
        .executableTarget(
            name: "switchboard",
            dependencies: [
                "XMPPCore", "XMPPPayloads", "XMPPTLS", "XMPPSASL", "XMPPStorage", "XMPPServer", "XMPPModules",
                "XMPPXML", "XMPPClient", "XMPPDNS", "XMPPFederation", "BizBuddyCore", "BizBuddyStorage",
                "BizBuddyRecords", "BizBuddyBridge", nioPosix,
                arguments, configuration, yams, logging, metrics, lifecycle, signals,
            ],
            swiftSettings: settings),

        // What the customer service costs (make bench-service)
        .executableTarget(
            name: "ServiceBench", dependencies: ["BizBuddyCore", "BizBuddyStorage"], swiftSettings: settings),

        // Tests
        library("SystemTestKit"),
        library(
            "XMPPTestKit",
            [
                "XMPPCore", "XMPPPayloads", "XMPPXML", "XMPPServer", "XMPPModules", "XMPPStorage", "XMPPTLS",
                "XMPPSASL",
                nioCore, nioPosix, nioEmbedded, logging,
            ]),
        tests("XMPPCoreTests", ["XMPPCore"]),
        tests("XMPPPayloadsTests", ["XMPPCore", "XMPPPayloads", "XMPPXML"], exclude: ["Examples"]),
        tests("BizBuddyCoreTests", ["BizBuddyCore"], exclude: ["Fixtures"]),
        tests("XMPPSASLTests", ["XMPPSASL", "XMPPTLS"]),
        tests("XMPPXMLTests", ["XMPPCore", "XMPPXML", nioCore]),
        tests("XMPPTLSTests", ["XMPPTLS", "COpenSSL", "SystemTestKit", nioCore, nioPosix, nioEmbedded]),
        tests("XMPPDNSTests", ["XMPPDNS", "XMPPCore", "SystemTestKit", nioCore]),
        tests(
            "XMPPStreamTests",
            ["XMPPCore", "XMPPPayloads", "XMPPXML", "XMPPTLS", "XMPPStream", "XMPPSASL", nioCore, nioEmbedded]),
        tests("XMPPStorageTests", ["XMPPStorage"]),
        tests("BizBuddyStorageTests", ["BizBuddyCore", "BizBuddyStorage", "XMPPTLS"]),
        tests(
            "BizBuddyRecordsTests",
            ["BizBuddyCore", "BizBuddyRecords", "XMPPTLS", "SystemTestKit", nioCore, nioPosix]),
        tests(
            "XMPPServerTests",
            [
                "XMPPCore", "XMPPPayloads", "XMPPXML", "XMPPTLS", "XMPPSASL", "XMPPServer", "XMPPStorage",
                "XMPPTestKit", "SystemTestKit", nioCore,
                nioPosix, nioEmbedded, coreMetrics,
            ]),
        tests(
            "XMPPModulesTests",
            [
                "XMPPCore", "XMPPXML", "XMPPPayloads", "XMPPSASL", "XMPPServer", "XMPPModules", "XMPPStorage",
                "XMPPTestKit", nioCore, logging,
            ]),
        tests(
            "XMPPFederationTests",
            [
                "XMPPCore", "XMPPXML", "XMPPPayloads", "XMPPTLS", "XMPPDNS", "XMPPServer", "XMPPModules",
                "XMPPFederation",
                "XMPPStorage", "XMPPTestKit", "SystemTestKit", nioCore, nioPosix, nioEmbedded, logging,
            ]),
        tests(
            "BizBuddyBridgeTests",
            [
                "BizBuddyCore", "BizBuddyBridge", "BizBuddyRecords", "BizBuddyStorage", "XMPPCore", "XMPPPayloads",
                "XMPPXML", "XMPPClient", "XMPPTLS", "XMPPServer", nioCore, nioPosix, logging,
            ]),
        tests(
            "SwitchboardTests",
            [
                "switchboard", "XMPPCore", "XMPPStorage", "XMPPSASL", "XMPPTLS", "XMPPFederation", "BizBuddyCore",
                "BizBuddyBridge", "BizBuddyStorage", "SystemTestKit", arguments, logging, lifecycle,
            ]),
    ]
)
