//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

@testable import XMPPFederation

@Suite struct DomainRegistryTests {
    /// A registry with room for so many, in a server that runs and whose peers cannot be reached.
    private func with(
        _ limits: FederationLimits,
        _ body: (DomainRegistry, FederationContext, TestServer) async throws -> Void
    ) async throws {
        var side = FederatedServers.Side()
        side.limits = limits
        try await FederatedServers.with(acme: side) { servers in
            let context = try #require(servers.acmeFederation.context)
            try await body(context.domains, context, servers.acme)
        }
    }

    private func limits(_ change: (inout FederationLimits) -> Void) -> FederationLimits {
        var limits = FederationLimits()
        change(&limits)
        return limits
    }

    private func pair(_ remote: String) -> DomainPair { DomainPair(local: FederatedServers.acme, remote: remote) }

    private func stanza(_ remote: String) throws -> Stanza {
        try Stanza(
            XMLElement(
                scripted: "<iq type='get' id='q' from='alice@acme.example/x' to='\(remote)'><q xmlns='urn:x'/></iq>"))
    }

    @Test func whatCannotBeReachedMakesRoom() async throws {
        try await with(limits { $0.domains = 3 }) { registry, context, server in
            for number in 1...3 {
                let domain = try #require(registry.domain(pair("d\(number).test\(number)"), context))
                domain.send(try stanza("d\(number).test\(number)"))
                try await server.eventually("an attempt that failed") { domain.unreachedSince != nil }
            }
            #expect(registry.domain(pair("d4.test4"), context) != nil)
            #expect(registry.known(pair("d1.test1")) == nil)
            #expect(registry.known(pair("d2.test2")) != nil)
            // Looking at all of them takes a while, so that is not done for each.
            #expect(registry.domain(pair("d5.test5"), context) == nil)
            #expect(registry.takeOrphans())
        }
    }

    @Test func oneAccountHasSoManyThatLeadNowhere() async throws {
        try await with(limits { $0.unreachedPerAccount = 2 }) { registry, context, _ in
            let alice = "alice@acme.example"
            #expect(registry.domain(pair("a.test1"), for: alice, context) != nil)
            #expect(registry.domain(pair("b.test2"), for: alice, context) != nil)
            #expect(registry.domain(pair("c.test3"), for: alice, context) == nil)
            #expect(registry.domain(pair("c.test3"), for: "bob@acme.example", context) != nil)
            #expect(registry.domain(pair("c.test3"), for: alice, context) != nil)
            // One that is reached counts no longer.
            registry.reached(pair("a.test1"))
            #expect(registry.domain(pair("d.test4"), for: alice, context) != nil)
            #expect(registry.domain(pair("e.test5"), for: alice, context) == nil)
        }
    }

    @Test func oneParentHasSoManyBelow() async throws {
        try await with(limits { $0.domainsPerParent = 2 }) { registry, context, _ in
            #expect(registry.domain(pair("a.evil.test"), context) != nil)
            #expect(registry.domain(pair("x.b.evil.test"), context) != nil)
            #expect(registry.domain(pair("c.evil.test"), context) == nil)
            #expect(registry.domain(pair("c.good.test"), context) != nil)
        }
    }

    @Test(arguments: [
        ("<message from='a@acme.example/x' to='t@p.example'/>", true),
        ("<message type='error' from='a@acme.example/x' to='t@p.example'/>", false),
        ("<iq type='get' id='1' from='a@acme.example/x' to='p.example'/>", true),
        ("<iq type='result' id='1' from='a@acme.example/x' to='p.example'/>", false),
        ("<presence type='subscribe' from='a@acme.example' to='t@p.example'/>", true),
        ("<presence type='unsubscribed' from='a@acme.example' to='t@p.example'/>", false),
        ("<presence from='a@acme.example/x' to='t@p.example'/>", false),
    ])
    func nobodyIsChargedForAnswers(_ text: String, _ isCharged: Bool) throws {
        let stanza = try Stanza(XMLElement(scripted: text))
        #expect(stanza.author == (isCharged ? "a@acme.example" : nil))
    }
}
