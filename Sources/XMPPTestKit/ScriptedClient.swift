//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A client with a bound resource.
package final class ScriptedClient: ScriptedPeer {
    /// Its full JID.
    package let jid: JID
    package let connection: StreamConnection

    /// A peer on a stream that is as far as the script has brought it.
    package init(jid: JID, connection: StreamConnection) {
        self.jid = jid
        self.connection = connection
    }

    /// Pings its own server and takes all that came before the answer: the way to see that something did not come.
    @discardableResult
    package func settle() async throws -> [XMLElement] {
        try await settle(host: jid.domain)
    }

    /// Asks for the roster and becomes available, and waits until the server has dealt with both.
    ///
    /// - Returns: what came meanwhile, the roster left out.
    @discardableResult
    package func becomeAvailable(_ presence: String = "<presence/>") async throws -> [XMLElement] {
        _ = try await roster()
        send(presence)
        return try await settle()
    }

    /// The roster's answer.
    @discardableResult
    package func roster() async throws -> XMLElement {
        try await iq("get", to: nil, "<query xmlns='\(Namespace.roster)'/>")
    }

    /// Enables acknowledgements (XEP-0198 §3).
    package func enableAcknowledgements() async throws {
        send("<enable xmlns='urn:xmpp:sm:3'/>")
        try await expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
    }

    /// Acknowledges so many stanzas in all (XEP-0198 §4).
    package func acknowledge(_ handled: Int) {
        send("<a xmlns='urn:xmpp:sm:3' h='\(handled)'/>")
    }

    /// From now on acknowledges all that comes, as clients do; requests are not seen by the script. Before this, and
    /// without it, nothing is acknowledged but by ``acknowledge(_:)``.
    package func acknowledgeAll() async throws { try await connection.answerRequests() }

    /// Asks the server how many stanzas it has handled.
    package func handledByServer() async throws -> Int? {
        send("<r xmlns='urn:xmpp:sm:3'/>")
        return try await expect("an acknowledgement") { $0.isNamed("a", "urn:xmpp:sm:3") }["h"].flatMap { Int($0) }
    }
}
