//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

/// What the server must not take.
@Suite struct ServerRefusalTests {
    static let badFirstMessages: [String] = [
        "", ",", ",,", "n", "n,", "n,,", "n,,n=user", "n,,n=user,", "n,,r=x", "n,,r=x,n=user", "n,,n=,r=x",
        "n,,n=user,r=", "n,,m=ext,n=user,r=x", "n,,n=user,r=x,m=ext", "n,,n=us=er,r=x", "n,,n=us=2cer,r=x",
        "n,,n=us=2,r=x", "n,,n=user=,r=x", "n,,n=user,r=a b", "n,,n=user,r=\u{e9}", "n,,n=user,r=x,", "n,,n=user,r=x,y",
        "n,,n=user,r=x,1=y", "n,,n=user,r=x,z=", "n,,user,r=x", "n,b=x,n=user,r=x", "n,a=,n=user,r=x",
        "n,a=x=,n=user,r=x", "N,,n=user,r=x", "x,,n=user,r=x", "nn,,n=user,r=x", "p=,,n=user,r=x",
        "p=tls exporter,,n=user,r=x", "p=tls-unique,,n=user,r=x", "p=tls-exporter,,n=user,r=x", "n,,n=us\0er,r=x",
        "n,\u{301},n=user,r=x", "n,,\u{301}n=user,r=x", "n\u{301},,n=user,r=x", "n,,n=user,\u{301}r=x",
        "n,,n=\(String(repeating: "u", count: 1024)),r=x", "n,,n=user,r=\(String(repeating: "x", count: 513))",
        "n,,n=user,r=x,z=\(String(repeating: "x", count: 8192))",
    ]

    @Test(arguments: badFirstMessages) func refusesAMalformedFirstMessage(_ text: String) throws {
        var server = try Fixture.server("SCRAM-SHA-256", offered: Fixture.withoutBinding)
        guard case .failure(let failure) = server.receive(Array(text.utf8)) else {
            Issue.record("accepted")
            return
        }
        #expect(failure.condition == .malformedRequest)
    }

    @Test func refusesBytesThatAreNoUTF8() throws {
        for mechanism in ["SCRAM-SHA-256", "PLAIN"] {
            var server = try Fixture.server(mechanism)
            let message = Array("n,,n=us".utf8) + [0xC3] + Array(",r=x".utf8)
            #expect(server.receive(message).condition == .malformedRequest)
        }
    }

    @Test func ignoresOptionalExtensions() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.receive(Array("n,,n=user,r=x,d=abc,Z=1".utf8)) == .needsCredentials(username: "user"))
    }

    static let badFinalMessages: [(String, SASLFailure.Condition)] = [
        ("", .malformedRequest), ("c=biws", .malformedRequest), ("c=biws,r=xserver-nonce", .malformedRequest),
        ("c=biws,r=xserver-nonce,p=", .malformedRequest), ("c=biws,r=xserver-nonce,p=!!!!", .malformedRequest),
        ("c=,r=xserver-nonce,p=AAAA", .malformedRequest), ("r=xserver-nonce,c=biws,p=AAAA", .malformedRequest),
        ("c=biws,r=xserver-nonce,m=x,p=AAAA", .malformedRequest),
        ("c=biws,r=xserver-nonce,p=AAAA,z=1", .malformedRequest),
        ("c=biws,r=xserver-nonce,p=AAAA", .malformedRequest),
        ("c=biws,r=x,p=AAAA", .notAuthorized), ("c=biws,r=xserver-nonceX,p=AAAA", .notAuthorized),
        ("c=eSws,r=xserver-nonce,p=AAAA", .notAuthorized),
        ("c=biws,r=xserver-nonce,p=\(Base64.encode([UInt8](repeating: 0, count: 32)))", .notAuthorized),
    ]

    @Test(arguments: badFinalMessages)
    func refusesABadFinalMessage(_ text: String, _ condition: SASLFailure.Condition) throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        _ = server.receive(Array("n,,n=user,r=x".utf8))
        _ = server.supply(
            credentials: SCRAMCredentials.derive(password: "p", hash: .sha256, iterations: 4096))
        #expect(server.receive(Array(text.utf8)).condition == condition)
    }

    static let badPlainMessages: [String] = [
        "", "\0", "\0\0", "\0user", "\0user\0", "\0\0password", "user\0password", "\0user\0pass\0word", "a\0b\0c\0d",
        "\0\(String(repeating: "u", count: 1024))\0p", "\0user\0\(String(repeating: "p", count: 1025))",
        "\(String(repeating: "a", count: 2048))\0user\0p",
    ]

    @Test(arguments: badPlainMessages) func refusesAMalformedPlainMessage(_ text: String) throws {
        var server = try Fixture.server("PLAIN")
        #expect(server.receive(Array(text.utf8)).condition == .malformedRequest)
    }

    @Test func refusesStringsTheirProfilesForbid() throws {
        var server = try Fixture.server("PLAIN")
        #expect(server.receive(Array("\0user\0pass\u{7}".utf8)).condition == .notAuthorized)
        var other = try Fixture.server("SCRAM-SHA-256")
        #expect(other.receive(Array("n,,n=us er,r=x".utf8)).condition == .notAuthorized)
    }

    @Test(arguments: ["SCRAM-SHA-256-PLUS", "PLAIN", "EXTERNAL", "scram-sha-256", "", "SCRAM-SHA-512"])
    func refusesAMechanismNotOffered(_ name: String) {
        let offered = SASLMechanismList.offered(tls: [], plainAllowed: false)
        #expect(throws: SASLFailure(.invalidMechanism, "not offered on this stream")) {
            _ = try Fixture.server(name, offered: offered)
        }
    }

    @Test func refusesEveryTruncationOfAnExchange() throws {
        let first = Array("n,a=user@example.org,n=user,r=abc".utf8)
        for length in 0..<first.count {
            var server = try Fixture.server("SCRAM-SHA-256")
            let action = server.receive(Array(first[..<length]))
            // Cut inside the nonce the message is whole again.
            if length > first.count - 3 {
                #expect(action == .needsCredentials(username: "user"))
            } else {
                #expect(action.condition != nil, "\(length)")
            }
        }
    }

    @Test func failsCallsOutOfTurn() throws {
        var server = try Fixture.server("SCRAM-SHA-256")
        #expect(server.supply(credentials: nil).condition == .malformedRequest)
        var second = try Fixture.server("SCRAM-SHA-256")
        _ = second.receive(Array("n,,n=user,r=x".utf8))
        #expect(second.receive(Array("n,,n=user,r=x".utf8)).condition == .malformedRequest)
        #expect(second.supply(credentials: nil).condition == .malformedRequest)
        var third = try Fixture.server("PLAIN")
        #expect(third.supply(isPasswordRight: true).condition == .malformedRequest)
        #expect(third.receive(Array("\0user\0p".utf8)).condition == .malformedRequest)
    }
}

extension SASLServerAction {
    /// The condition of a failure.
    var condition: SASLFailure.Condition? {
        if case .failure(let failure) = self { return failure.condition }
        return nil
    }
}
