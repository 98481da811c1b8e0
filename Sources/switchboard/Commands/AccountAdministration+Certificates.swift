//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPStorage

extension AccountAdministration {
    /// A certificate by which an account logs in (XEP-0257), as the commands show it.
    struct ListedCertificate: Sendable, Equatable, Codable {
        /// Its owner's word for it.
        var name: String
        /// SHA-256, in hexadecimal.
        var fingerprint: String
    }

    /// The certificates that an account has named as its own, by name.
    func certificates(of account: JID) async throws -> [ListedCertificate] {
        guard try await exists(account) else { throw Self.missing(account) }
        return try await CertificateStore(database).list(account.bareString).map { certificate in
            ListedCertificate(
                name: certificate.name,
                fingerprint: certificate.fingerprint.map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined())
        }
    }

    /// Takes certificates back, all of them if none is named. Returns how many there were.
    func revokeCertificates(_ named: [String], of account: JID) async throws -> Int {
        let known = try await certificates(of: account).map(\.name)
        if let unknown = named.first(where: { !known.contains($0) }) {
            throw CommandFailure(
                "\(account.bareString) has no certificate \(unknown). Use \"switchboard user certificates\" to see them."
            )
        }
        let revoked = named.isEmpty ? known : named
        for name in revoked { _ = try await CertificateStore(database).remove(name, of: account.bareString) }
        return revoked.count
    }

    static func text(_ certificates: [ListedCertificate]) -> String {
        certificates.map { "\($0.name)  SHA-256 \($0.fingerprint)" }.joined(separator: "\n")
    }
}
