//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPTLS

/// The TLS of streams between servers: what we show of ourselves, on both sides, and whom we trust.
package final class PeerTLS: Sendable {
    /// For one of our hosts when it calls others.
    package struct Client: Sendable {
        package let context: TLSContext
        /// It has a certificate, so that EXTERNAL can be used.
        package let hasCertificate: Bool

        package init(context: TLSContext, hasCertificate: Bool) {
            self.context = context
            self.hasCertificate = hasCertificate
        }
    }

    /// For those who call us; asks for their certificates and refuses none.
    package let server: TLSContextStore
    private let clients: Mutex<(byHost: [String: Client], fallback: Client)>

    /// - clients: by host of ours.
    /// - fallback: for domains of ours that have no certificate of their own.
    package init(server: TLSContextStore, clients: [String: Client], fallback: Client) {
        self.server = server
        self.clients = Mutex((clients, fallback))
    }

    package func client(for local: String) -> Client { clients.withLock { $0.byHost[local] ?? $0.fallback } }

    /// After certificates and authorities were read anew. Streams that stand keep theirs.
    package func replace(clients new: [String: Client], fallback: Client) {
        clients.withLock { $0 = (new, fallback) }
    }
}
