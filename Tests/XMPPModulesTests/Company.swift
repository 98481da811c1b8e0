//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPModules
import XMPPServer
import XMPPTestKit

/// The demo company in small, and ways to say what answers should be.
enum Company {
    static let careDomain = "care.acme.example"

    static let states = [
        PresenceCatalogue.State("available", labels: ["en": "Available", "de": "Verfügbar"], takesCustomers: true),
        .init("lunch", labels: ["en": "At Lunch", "de": "Mittagspause"], show: .away),
        .init("busy", labels: ["": "Busy"], show: .dnd),
        .init("away", labels: ["": "Away"], show: .away),
    ]

    static func jid(_ address: String) throws -> JID { try JID(address) }

    static func configuration(
        _ change: (inout ModulesConfiguration) throws -> Void = { _ in }
    ) throws
        -> ModulesConfiguration
    {
        var configuration = ModulesConfiguration(
            software: SoftwareConfiguration(name: "Switchboard", version: "1.2.3"),
            registration: RegistrationPolicy(requiresTLS: false),
            presence: PresenceCatalogue(states, language: "en"), presenceComponents: [careDomain])
        try change(&configuration)
        return configuration
    }

    /// A server with all features, a company of four at acme.example and a customer at home.example.
    static func with(
        _ configuration: ModulesConfiguration? = nil, components: [ServerConfiguration.Component] = [],
        limits: ServerLimits? = nil, hasArchives: Bool = true, _ body: (TestServer) async throws -> Void
    ) async throws {
        var setup = TestServer.Setup()
        setup.accounts = ["alice", "bob", "carol", "erin"].map { $0 + "@acme.example" } + ["tom@home.example"]
        setup.modules = BuiltinModules.all(try configuration ?? Company.configuration())
        setup.components = components
        setup.configure = { configuration in
            if let limits { configuration.limits = limits }
            if !hasArchives { configuration.archive.isEnabled = false }
        }
        try await TestServer.with(setup, body)
    }

    static let care = ServerConfiguration.Component(
        domain: careDomain, secret: "care-secret", delegated: ["support@acme.example"])
}

extension XMLElement {
    /// The condition of an error stanza; nil for anything else.
    var errorCondition: StanzaError.Condition? { error?.condition }

    var error: StanzaError? { child("error", Namespace.client).flatMap { StanzaError($0) } }

    /// The id of a presence's company state.
    var state: String? { child("state", "urn:switchboard:presence:1")?["id"] }
    var show: String? { child("show", Namespace.client)?.text }
    var status: String? { child("status", Namespace.client)?.text }
}
