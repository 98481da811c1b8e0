//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import XMPPFederation
import XMPPTLS
import XMPPTestKit

/// An authority, and certificates of servers, made once per run with the `openssl` command.
struct PeerCertificates: Sendable {
    static let shared: Result<PeerCertificates, any Error> = Result { try PeerCertificates() }

    /// What is wrong with a server's certificate.
    enum Kind: String, Sendable, CaseIterable {
        case good
        /// For another domain.
        case otherName
        case selfSigned
        case expired
    }

    private let folder: String

    private init() throws {
        folder = NSTemporaryDirectory() + "/switchboard-federation-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try make("ca", ["-subj", "/CN=Test authority", "-days", "30"])
        for domain in ["acme.example", "partner.example"] {
            for kind in Kind.allCases {
                let name = kind == .otherName ? "other.example" : domain
                var arguments = ["-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)"]
                arguments += ["-addext", "basicConstraints=critical,CA:FALSE"]
                let file = "\(domain)-\(kind.rawValue)"
                switch kind {
                case .selfSigned: try make(file, arguments + ["-days", "30"])
                case .expired: try makeExpired(file, arguments)
                case .good, .otherName: try make(file, arguments + authority + ["-days", "30"])
                }
            }
        }
    }

    private var authority: [String] { ["-CA", "\(folder)/ca.crt", "-CAkey", "\(folder)/ca.key"] }

    /// The TLS of a server of this domain, which trusts the authority.
    func tls(_ domain: String, _ kind: Kind = .good) throws -> PeerTLS {
        let file = "\(folder)/\(domain)-\(kind.rawValue)"
        let roots = TrustRoots.file("\(folder)/ca.crt")
        let client = try TLSContext(peerRoots: roots, certificateChain: file + ".crt", privateKey: file + ".key")
        return PeerTLS(
            server: TLSContextStore(
                fallback: try TLSContext(
                    certificateChain: file + ".crt", privateKey: file + ".key", clientRoots: roots)),
            clients: [domain: PeerTLS.Client(context: client, hasCertificate: true)],
            fallback: PeerTLS.Client(
                context: try TLSContext(peerRoots: roots, certificateChain: nil, privateKey: nil), hasCertificate: false
            )
        )
    }

    /// A client's context that shows a certificate.
    func client(_ domain: String, _ kind: Kind = .good) throws -> TLSContext {
        let file = "\(folder)/\(domain)-\(kind.rawValue)"
        return try TLSContext(
            peerRoots: .file("\(folder)/ca.crt"), certificateChain: file + ".crt", privateKey: file + ".key")
    }

    private static let key = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    private func make(_ name: String, _ arguments: [String]) throws {
        let files = ["-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).crt"]
        try run(["req", "-x509"] + Self.key + files + arguments)
    }

    /// Only `x509` makes certificates whose time is over.
    private func makeExpired(_ name: String, _ arguments: [String]) throws {
        let files = ["-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).csr"]
        try run(["req"] + Self.key + files + arguments)
        try run(
            ["x509", "-req", "-in", "\(folder)/\(name).csr", "-days", "-1", "-copy_extensions", "copyall"]
                + ["-CAcreateserial", "-out", "\(folder)/\(name).crt"] + authority)
    }

    private func run(_ arguments: [String]) throws {
        try ChildProcess.run("openssl", arguments)
    }
}
