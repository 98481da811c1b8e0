//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
package import XMPPPayloads
internal import XMPPStorage
internal import XMPPTLS

/// The certificates that accounts have named as their own (XEP-0257).
extension ServerCore {
    /// Certificates of one account, and the bytes of each, and of its name.
    private static let certificatesPerAccount = 20
    private static let certificateBytes = 16_384
    private static let certificateNameBytes = 256

    /// Whether a session may change the list: not if it has logged in with a certificate that may not.
    package func managesCertificates(_ session: SessionHandle) async throws -> Bool {
        guard let connection = await session.connection(), connection.isSecure else {
            throw StanzaError(.notAuthorized, kind: .modify, text: "This needs an encrypted connection.")
        }
        guard let used = connection.certificate else { return true }
        return try await certificates.find(used, of: session.jid.bareString)?.manages ?? true
    }

    /// Adds a certificate, DER in base64, to those of an account.
    ///
    /// - Throws: `StanzaError` that says why not.
    package func addCertificate(_ text: String, name: String, manages: Bool, of account: JID) async throws {
        guard name.utf8.count <= Self.certificateNameBytes, text.utf8.count <= Self.certificateBytes * 4 / 3 + 4 else {
            throw StanzaError(.notAcceptable, text: "The certificate or its name is too long.")
        }
        guard let bytes = Base64.decode(text), let read = TLSPeerCertificate(der: bytes) else {
            throw StanzaError(.notAcceptable, text: "This is no certificate.")
        }
        guard read.notAfter * 1000 > Timestamp.now().milliseconds else {
            throw StanzaError(.notAcceptable, text: "The certificate has expired.")
        }
        do throws(StorageError) {
            try await certificates.add(
                StoredCertificate(
                    account: account.bareString, name: name, fingerprint: read.fingerprint, certificate: bytes,
                    manages: manages), limit: Self.certificatesPerAccount)
        } catch {
            switch error {
            case .exists: throw StanzaError(.conflict, text: "There is one of this name, or this one.")
            case .quotaExceeded: throw StanzaError(.resourceConstraint, text: "You have too many certificates.")
            default: throw error
            }
        }
        log.info("Certificate added", metadata: ["account": "\(account)", "name": "\(name)"])
    }

    /// Those of an account, with who is logged in with each.
    package func listCertificates(of account: JID) async throws -> CertificateList {
        let stored = try await certificates.list(account.bareString)
        let users = await certificateUsers(of: account)
        return CertificateList(
            items: stored.map { stored in
                .init(
                    name: stored.name, certificate: Base64.encode(stored.certificate),
                    resources: users.filter { $0.certificate == stored.fingerprint }.map(\.session.resource).sorted())
            })
    }

    /// Takes a certificate off the list; with `endsSessions` those end that were begun with it.
    ///
    /// - Throws: `StanzaError` `item-not-found`.
    package func removeCertificate(_ name: String, of account: JID, endsSessions: Bool) async throws {
        let fingerprint: [UInt8]
        do {
            fingerprint = try await certificates.remove(name, of: account.bareString)
        } catch StorageError.notFound {
            throw StanzaError(.itemNotFound, text: "There is no certificate of this name.")
        }
        log.info("Certificate removed", metadata: ["account": "\(account)", "name": "\(name)"])
        guard endsSessions else { return }
        for user in await certificateUsers(of: account) where user.certificate == fingerprint {
            user.session.handle.end(StreamError(.notAuthorized, text: "The certificate was revoked."))
        }
    }

    private func certificateUsers(of account: JID) async -> [(session: BoundSession, certificate: [UInt8])] {
        var users: [(session: BoundSession, certificate: [UInt8])] = []
        for session in accounts.online(account)?.sessions ?? [] {
            if let certificate = await session.handle.connection()?.certificate { users.append((session, certificate)) }
        }
        return users
    }
}

extension TLSPeerCertificate {
    /// Whether it may be used at a time.
    func isInDate(_ time: Timestamp) -> Bool {
        notBefore * 1000 <= time.milliseconds && time.milliseconds < notAfter * 1000
    }
}
