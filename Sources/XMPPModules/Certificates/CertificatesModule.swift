//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Certificates that people log in with in place of a password: each names his own (XEP-0257). There only where a listener
/// asks clients for them.
package struct CertificatesModule: ServerModule {
    package let id = "certificates"
    package let implements: [Specification] = [.xep(257, "0.3")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: CertificateManagement.namespace, on: [.host]) { _, server in
            server.configuration.authentication.takesOwnCertificates
        }
        registrar.iq([.get], "items", CertificateManagement.namespace, at: [.account]) { request, server in
            let session = try Self.session(request, server)
            return .wait {
                // Whether it manages or not; but only over TLS.
                _ = try await server.managesCertificates(session)
                return try await server.listCertificates(of: session.jid.bare).element
            }
        }
        for name in ["append", "disable", "revoke"] {
            registrar.iq([.set], name, CertificateManagement.namespace, at: [.account]) { request, server in
                let session = try Self.session(request, server)
                let change = try CertificateManagement(request.payload)
                return .wait {
                    try await Self.perform(change, session, server)
                    return nil
                }
            }
        }
    }

    private static func session(_ request: IQRequest, _ server: ServerCore) throws(StanzaError) -> SessionHandle {
        guard server.configuration.authentication.takesOwnCertificates else { throw StanzaError(.serviceUnavailable) }
        guard let session = request.session, request.isOwn else { throw StanzaError(.forbidden) }
        return session
    }

    private static func perform(
        _ change: CertificateManagement, _ session: SessionHandle, _ server: ServerCore
    ) async throws {
        guard try await server.managesCertificates(session) else {
            throw StanzaError(.forbidden, text: "Not with this certificate.")
        }
        let account = session.jid.bare
        switch change {
        case .append(let name, let certificate, let manages):
            try await server.addCertificate(certificate, name: name, manages: manages, of: account)
        case .disable(let name): try await server.removeCertificate(name, of: account, endsSessions: false)
        case .revoke(let name): try await server.removeCertificate(name, of: account, endsSessions: true)
        case .items: throw StanzaError(.badRequest)
        }
    }
}
