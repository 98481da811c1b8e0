//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPTLS
internal import XMPPXML

/// A component that has shaken hands (XEP-0114).
package final class ScriptedComponent: ScriptedPeer {
    package let domain: String
    package let connection: StreamConnection

    init(domain: String, connection: StreamConnection) {
        self.domain = domain
        self.connection = connection
    }

    /// Opens a component stream and proves the secret.
    ///
    /// - Returns: the server's answer, `<handshake/>` or a stream error.
    static func shakeHands(
        _ connection: StreamConnection, domain: String, secret: String
    ) async throws -> XMLElement {
        let header = try await connection.sendHeader(to: domain, namespace: Namespace.component)
        let digest = HashFunction.sha1.digest(Array(((header.id ?? "") + secret).utf8))
        connection.send("<handshake>\(Hexadecimal.encode(digest))</handshake>")
        return try await connection.next()
    }

    /// Takes all that comes before the answer to a ping of a host.
    @discardableResult
    package func settle(host: String = "acme.example") async throws -> [XMLElement] {
        try await settle(host: host, from: domain)
    }

    /// Enables acknowledgements between host and component.
    package func enableAcknowledgements() async throws {
        send("<enable xmlns='urn:xmpp:sm:3'/>")
        try await expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
    }

    /// Acknowledges so many stanzas in all.
    package func acknowledge(_ handled: Int) {
        send("<a xmlns='urn:xmpp:sm:3' h='\(handled)'/>")
    }

    /// Asks the server how many stanzas it has handled.
    package func handledByServer() async throws -> Int? {
        send("<r xmlns='urn:xmpp:sm:3'/>")
        return try await expect("an acknowledgement") { $0.isNamed("a", "urn:xmpp:sm:3") }["h"].flatMap { Int($0) }
    }
}
