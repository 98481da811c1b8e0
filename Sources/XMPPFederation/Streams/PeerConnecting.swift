//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import NIOPosix

/// Makes connections to the servers of other domains.
package protocol PeerConnecting: Sendable {
    /// A connection to a server of a domain, on a loop.
    ///
    /// - Throws: `PeerConnectError`, or `CancellationError`.
    func connect(to domain: String, on loop: any EventLoop) async throws -> PeerConnection
}

/// A connection before its first byte: it does not read yet, and its pipeline is empty.
package struct PeerConnection: Sendable {
    package let channel: any Channel
    /// TLS is to be spoken from the first byte.
    package let isDirectTLS: Bool

    package init(channel: any Channel, isDirectTLS: Bool) {
        self.channel = channel
        self.isDirectTLS = isDirectTLS
    }
}

/// No server of a domain could be reached.
package struct PeerConnectError: Error, Sendable, CustomStringConvertible {
    /// There is none, as far as the DNS says.
    package let isNotFound: Bool
    package let description: String

    package init(isNotFound: Bool, _ description: String) {
        self.isNotFound = isNotFound
        self.description = description
    }
}

/// Connects to where the configuration says, and nowhere else.
package struct EndpointConnector: PeerConnecting {
    private let endpoint: @Sendable (String) -> FederationEndpoint?

    package init(_ endpoint: @escaping @Sendable (String) -> FederationEndpoint?) {
        self.endpoint = endpoint
    }

    package func connect(to domain: String, on loop: any EventLoop) async throws -> PeerConnection {
        guard let endpoint = endpoint(domain) else {
            throw PeerConnectError(isNotFound: true, "No server is configured for \(domain).")
        }
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.autoRead, value: false)
                .connectTimeout(.seconds(10))
                .connect(host: endpoint.host, port: endpoint.port).get()
            return PeerConnection(channel: channel, isDirectTLS: endpoint.isDirectTLS)
        } catch {
            throw PeerConnectError(
                isNotFound: false, "\(endpoint.host) port \(endpoint.port) cannot be reached: \(error)")
        }
    }
}
