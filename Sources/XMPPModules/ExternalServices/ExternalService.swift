//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer

/// A service outside XMPP that people of ours may use, as configured.
package struct ExternalService: Sendable, Equatable {
    /// How the service knows that somebody may use it.
    package enum Access: Sendable, Equatable {
        /// Anybody may.
        case open
        /// One name and password for all.
        case fixed(username: String, password: String)
        /// Credentials that end by themselves, from a secret that the service knows, too ("A REST API For Access To TURN
        /// Services", draft-uberti-behave-turn-rest-00 §2.2).
        case shared(secret: String, lifetime: Duration)
    }

    /// `stun`, `turn`, …
    package var type: String
    /// A name or an IP address.
    package var host: String
    package var port: Int?
    /// `udp` or `tcp`.
    package var transport: String?
    /// For people.
    package var name: String?
    package var access: Access

    package init(
        type: String, host: String, port: Int? = nil, transport: String? = nil, name: String? = nil,
        access: Access = .open
    ) {
        self.type = type
        self.host = host
        self.port = port
        self.transport = transport
        self.name = name
        self.access = access
    }

    /// What makes it this one and no other.
    var identity: [String] { [type, host, port.map { String($0) } ?? "", transport ?? ""] }

    /// The service as an account is told of it, with credentials of its own.
    func offer(to account: JID, now: Timestamp, _ server: ServerCore) -> ExternalServices.Service {
        var service = ExternalServices.Service(type: type, host: host, port: port, transport: transport, name: name)
        switch access {
        case .open:
            break
        case .fixed(let username, let password):
            service.isRestricted = true
            service.username = username
            service.password = password
        case .shared(let secret, let lifetime):
            let expires = now.milliseconds / 1000 + lifetime.components.seconds
            let username = "\(expires):\(account.bareString)"
            service.isRestricted = true
            service.username = username
            service.password = server.hmacSHA1(key: secret, username)
            service.expires = Timestamp(milliseconds: expires * 1000)
        }
        return service
    }
}
