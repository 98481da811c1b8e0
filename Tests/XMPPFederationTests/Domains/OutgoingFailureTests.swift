//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPTLS

@testable import XMPPFederation

@Suite struct OutgoingFailureTests {
    @Test(arguments: [
        (TLSError.Kind.interrupted, OutgoingFailure.Kind.connection), (.uncleanShutdown, .connection),
        (.queueFull, .connection), (.protocolViolation, .connection), (.handshakeFailed, .tls),
    ])
    func whoeverCutsAConnectionSaysNothingOfTLS(_ kind: TLSError.Kind, _ expected: OutgoingFailure.Kind) {
        let failure = OutgoingFailure(connection: TLSError(kind, reason: "x"))
        #expect(failure.kind == expected)
        #expect(failure.isFinal == (expected == .tls))
        #expect(OutgoingFailure(connection: ChannelError.ioOnClosedChannel).kind == .connection)
    }

    @Test(arguments: [
        OutgoingFailure.Kind.notFound, .connection, .tls, .certificate, .refused, .protocolViolation, .streamError,
        .timeout, .policy,
    ])
    func strangersLearnNothingOfWhatAnswers(_ kind: OutgoingFailure.Kind) throws {
        let failure = OutgoingFailure(kind, "10.1.2.3 port 22: connection refused")
        for error in [failure.stanzaError, failure.dialbackError] {
            let text = try #require(error.text)
            #expect(!text.contains("10.1.2.3") && !text.contains("22"))
        }
        #expect(failure.description.contains("10.1.2.3"))
    }
}
