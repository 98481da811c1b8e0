//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPSASL

/// What became of the wish to resume a session.
package enum ScriptedResumption: Sendable {
    case resumed(ScriptedClient, handled: Int)
    /// The answer, and the stream that is still without a resource.
    case failed(XMLElement, StreamConnection)
}

extension ScriptedClient {
    /// Enables acknowledgements with resumption (XEP-0198 §5) and gives the session's id.
    package func enableResumption(maximum: Int? = nil) async throws -> String {
        let wish = maximum.map { " max='\($0)'" } ?? ""
        send("<enable xmlns='urn:xmpp:sm:3' resume='true'\(wish)/>")
        let answer = try await expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
        guard let id = answer["id"] else { throw ExpectationFailure("No id in \(answer)") }
        return id
    }
}

extension TestServer {
    /// A stream on which the account has logged in, and nothing more.
    package func loggedIn(_ account: JID) async throws -> StreamConnection {
        let connection = try await connect(.plain, to: account.domain)
        try await connection.open(to: account.domain)
        let answer = try await connection.authenticate(
            account.local ?? "", password: Self.password, mechanism: .plain, binding: nil)
        guard answer.name == "success" else { throw ExpectationFailure("\(account) cannot log in: \(answer)") }
        try await connection.open(to: account.domain)
        return connection
    }

    /// Logs in again and asks for a session, of which so many stanzas had come.
    package func tryResume(_ jid: JID, id: String, handled: Int) async throws -> ScriptedResumption {
        let connection = try await loggedIn(jid.bare)
        let client = ScriptedClient(jid: jid, connection: connection)
        client.send("<resume xmlns='urn:xmpp:sm:3' previd='\(id)' h='\(handled)'/>")
        let answer = try await client.next()
        guard answer.isNamed("resumed", "urn:xmpp:sm:3"), answer["previd"] == id,
            let count = answer["h"].flatMap({ Int($0) })
        else { return .failed(answer, connection) }
        return .resumed(client, handled: count)
    }

    /// The same where it must work.
    package func resume(_ jid: JID, id: String, handled: Int) async throws -> ScriptedClient {
        switch try await tryResume(jid, id: id, handled: handled) {
        case .resumed(let client, _): return client
        case .failed(let answer, _): throw ExpectationFailure("The session cannot be resumed: \(answer)")
        }
    }
}
