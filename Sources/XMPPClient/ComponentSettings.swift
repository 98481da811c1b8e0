//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Where and as what a component connects (XEP-0114).
package struct ComponentSettings: Sendable {
    /// Address of the server's component listener.
    package var host: String
    package var port: Int
    /// The component's own domain: the stream's `to`.
    package var domain: String
    /// Shared with the server.
    package var secret: String
    /// Stanzas handed out and not yet handled beyond which nothing more is read.
    package var unhandledLimit = 512
    /// Time for connecting and, again, for everything up to the handshake's answer.
    package var negotiationTimeout: Duration = .seconds(10)
    /// Silence of ours after which a space or, with acknowledgements, a request keeps the connection alive
    /// (RFC 6120 §4.6.1).
    package var keepAlive: Duration = .seconds(30)
    /// Silence of the server, asked for an acknowledgement, after which the connection counts as dead.
    package var deadAfter: Duration = .seconds(90)
    package var backoff = Backoff()

    package init(host: String, port: Int, domain: String, secret: String) {
        self.host = host
        self.port = port
        self.domain = domain
        self.secret = secret
    }
}
