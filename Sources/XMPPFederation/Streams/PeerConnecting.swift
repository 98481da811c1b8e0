//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import NIOPosix
package import XMPPDNS

/// Makes connections to the servers of other domains.
package protocol PeerConnecting: Sendable {
    /// A connection to a server of a domain, on a loop.
    ///
    /// - `excluding`: servers of it that were tried and did not speak as they should.
    /// - Throws: `PeerConnectError`, or `CancellationError`.
    func connect(
        to domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget>
    ) async throws -> PeerConnection
}

extension PeerConnecting {
    /// A connection to whichever server of a domain is the first that answers.
    package func connect(to domain: String, on loop: any EventLoop) async throws -> PeerConnection {
        try await connect(to: domain, on: loop, excluding: [])
    }
}

/// A connection before its first byte: it does not read yet, and its pipeline is empty.
package struct PeerConnection: Sendable {
    package let channel: any Channel
    /// Where it leads.
    package let target: ServiceTarget

    package init(channel: any Channel, target: ServiceTarget) {
        self.channel = channel
        self.target = target
    }

    /// TLS is to be spoken from the first byte.
    package var isDirectTLS: Bool { target.isDirectTLS }
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

    package func connect(
        to domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget>
    ) async throws -> PeerConnection {
        guard let endpoint = endpoint(domain) else {
            throw PeerConnectError(isNotFound: true, "No server is configured for \(domain).")
        }
        let target = ServiceTarget(host: endpoint.host, port: endpoint.port, isDirectTLS: endpoint.isDirectTLS)
        guard !excluding.contains(target) else {
            throw PeerConnectError(isNotFound: false, "No other server is configured for \(domain).")
        }
        do {
            let channel = try await ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.autoRead, value: false)
                .connectTimeout(.seconds(10))
                .connect(host: endpoint.host, port: endpoint.port).get()
            return PeerConnection(channel: channel, target: target)
        } catch {
            throw PeerConnectError(
                isNotFound: false, "\(endpoint.host) port \(endpoint.port) cannot be reached: \(error)")
        }
    }
}
