//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import XMPPTLS

/// New keys in a running session (RFC 8446 §4.6.3), and too many of them.
@Suite struct KeyUpdateTests {
    private func sendWithNewKeys(_ link: TestConnection) throws {
        #expect(SSL_key_update(link.clientTLS.session.ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
        try link.send([0x20], from: link.client)
    }

    @Test func carriesDataOnUnderNewKeys() throws {
        let link = try TestConnection().connect()
        for _ in 0..<10 { try sendWithNewKeys(link) }
        try link.send([0x21], from: link.server)
        #expect(link.serverEnd.bytes.count == 10)
        #expect(link.clientEnd.bytes == [0x21])
        #expect(link.serverEnd.errors.isEmpty)
    }

    @Test func endsAFloodOfKeyUpdates() throws {
        let link = try TestConnection().connect()
        var sent = 0
        while link.server.isActive, sent < 2 * TLSSession.maximumPostHandshakeMessages {
            try sendWithNewKeys(link)
            sent += 1
        }
        #expect(sent == TLSSession.maximumPostHandshakeMessages + 1)
        #expect(link.serverEnd.errors.map(\.kind) == [.protocolViolation])
        #expect(!link.server.isActive)
    }
}
