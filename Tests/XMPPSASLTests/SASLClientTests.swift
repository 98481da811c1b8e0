//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// What our client does about servers that cheat, and which mechanism it takes.
@Suite struct SASLClientTests {
    private func started(_ mechanism: SASLMechanism = .scramSHA256) -> SASLClient {
        var client = SASLClient(mechanism: mechanism, username: "juliet", password: "r0m30", nonce: "abc")
        _ = client.initialResponse()
        return client
    }

    @Test(arguments: [
        "", "r=abcX", "r=abc,s=AAAA,i=4096", "r=xyz,s=AAAA,i=4096", "r=abcX,s=,i=4096", "r=abcX,s=AAAA,i=0",
        "r=abcX,s=AAAA,i=-1", "r=abcX,s=AAAA,i=+4096", "r=abcX,s=AAAA,i=4095", "r=abcX,s=AAAA,i=1000001",
        "r=abcX,s=AAAA,i=99999999999999999999", "r=abcX,s=AAAA,i=", "m=1,r=abcX,s=AAAA,i=4096",
        "r=abcX,s=AAAA,i=4096,m=1", "e=other-error",
    ])
    func refusesABadChallenge(_ text: String) {
        var client = started()
        guard case .failure = client.receive(challenge: Array(text.utf8)) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func refusesAServerWithoutTheRightSignature() {
        for final in [
            nil, "", "v=", "v=AAAA", "e=invalid-proof", "v=\(Base64.encode([UInt8](repeating: 0, count: 32)))",
        ] {
            var client = started()
            _ = client.receive(challenge: Array("r=abcX,s=AAAA,i=4096".utf8))
            guard case .failure = client.receive(success: final.map { Array($0.utf8) }) else {
                Issue.record("accepts \(final ?? "nothing")")
                continue
            }
        }
    }

    @Test func refusesSuccessBeforeTheExchange() {
        var client = started()
        #expect(client.receive(success: nil) != .authenticated)
    }

    @Test func takesTheSignatureInAChallengeToo() throws {
        var client = SASLClient(mechanism: .scramSHA256, username: "juliet", password: "r0m30")
        var server = try Fixture.server("SCRAM-SHA-256")
        _ = server.receive(client.initialResponse())
        let credentials = SCRAMCredentials.derive(password: "r0m30", hash: .sha256, iterations: 4096)
        guard case .challenge(let challenge) = server.supply(credentials: credentials),
            case .respond(let response) = client.receive(challenge: challenge),
            case .success(_, let final?) = server.receive(response)
        else {
            Issue.record("no exchange")
            return
        }
        #expect(client.receive(challenge: final) == .respond([]))
        #expect(client.receive(success: nil) == .authenticated)
    }

    @Test func prefersPlusThenTheStrongestHash() {
        let exporter: [(ChannelBindingType, [UInt8])] = [(.tlsExporter, [1]), (.tlsServerEndPoint, [2])]
        let all = SASLMechanism.allCases.map(\.rawValue)
        func choice(
            _ names: [String], _ types: [String]?, _ bindings: [(ChannelBindingType, [UInt8])], plain: Bool = true
        ) -> String {
            let found = SASLClient.choose(
                from: names, advertised: types, bindings: bindings, plainAllowed: plain)
            guard let found else { return "none" }
            return "\(found.mechanism.rawValue) \(found.binding)"
        }
        #expect(choice(all, nil, exporter) == "SCRAM-SHA-512-PLUS bound(XMPPTLS.ChannelBindingType.tlsExporter, [1])")
        #expect(
            choice(all, ["tls-server-end-point"], exporter)
                == "SCRAM-SHA-512-PLUS bound(XMPPTLS.ChannelBindingType.tlsServerEndPoint, [2])")
        #expect(choice(all, ["tls-unique"], exporter) == "SCRAM-SHA-512 unsupported")
        #expect(choice(all, nil, []) == "SCRAM-SHA-512 unsupported")
        #expect(choice(["SCRAM-SHA-1", "PLAIN"], nil, exporter) == "SCRAM-SHA-1 unoffered")
        #expect(choice(["PLAIN", "X-OTHER"], nil, exporter) == "PLAIN unsupported")
        #expect(choice(["PLAIN"], nil, exporter, plain: false) == "none")
    }
}
