//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How an ``UnboundResolver`` asks.
package struct ResolverConfiguration: Sendable, Equatable {
    /// Whom to ask.
    package enum Servers: Sendable, Equatable {
        /// The servers in `/etc/resolv.conf`.
        case system
        /// The root servers and whom they point to.
        case root
        /// Forwarders: address and port.
        case forwarders([Server])
    }

    package struct Server: Sendable, Hashable {
        package let address: String
        package let port: Int

        package init(address: String, port: Int = 53) {
            self.address = address
            self.port = port
        }
    }

    /// What DNSSEC stands on.
    package enum TrustAnchor: Sendable, Equatable {
        /// The keys of the root zone.
        case root
        /// A file of DS and DNSKEY records.
        case file(String)
        /// DS and DNSKEY records in the form of zone files.
        case records([String])
        /// Nothing is validated, so nothing is secure.
        case none
    }

    package var servers: Servers
    package var trustAnchor: TrustAnchor
    /// A file in the form of `/etc/hosts` whose names go before DNS.
    package var hostsFile: String?
    /// Seconds until a question counts as unanswered.
    package var timeout: Double
    /// Questions under way at once; more wait.
    package var maximumConcurrentQueries: Int
    /// Questions that wait; more are refused.
    package var maximumWaitingQueries: Int

    /// - `timeout`: by default 10 seconds: resolvers try a dead server for about five.
    package init(
        servers: Servers = .system, trustAnchor: TrustAnchor = .root, hostsFile: String? = nil, timeout: Double = 10,
        maximumConcurrentQueries: Int = 256, maximumWaitingQueries: Int = 4096
    ) {
        self.servers = servers
        self.trustAnchor = trustAnchor
        self.hostsFile = hostsFile
        self.timeout = timeout
        self.maximumConcurrentQueries = maximumConcurrentQueries
        self.maximumWaitingQueries = maximumWaitingQueries
    }

    /// The key-signing keys of the root zone of 2017 and 2024 (https://data.iana.org/root-anchors/root-anchors.xml).
    static let rootKeys = [
        ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
        ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
    ]
}
