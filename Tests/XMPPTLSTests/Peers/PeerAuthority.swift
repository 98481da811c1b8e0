//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import XMPPTLS

/// An authority with an intermediate one, and certificates of servers, made once per run with the `openssl` command.
struct PeerAuthority: Sendable {
    static let shared = PeerAuthority()

    let folder: String

    func path(_ name: String) -> String { "\(folder)/\(name)" }
    var roots: TrustRoots { .file(path("root.crt")) }

    /// The chain that the server `name` sends.
    func chain(_ name: String) throws -> CertificateChain {
        try CertificateChain(file: path("\(name).pem"))
    }

    /// The certificate of `name`, verified against our root, by default an hour from now.
    func certificate(_ name: String, at time: Int64? = nil) throws -> TLSPeerCertificate? {
        try chain(name).verified(against: roots, at: time ?? PeerAuthority.now)
    }

    static var now: Int64 { Int64(Date().timeIntervalSince1970) + 60 }

    private init() {
        folder = NSTemporaryDirectory() + "/switchboard-peers-\(SecureRandom.hexToken())"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
        make("root", authority, signer: nil)
        make("stranger", authority, signer: nil)
        make("middle", authority, signer: "root")
        server("good", "DNS:peer.example,DNS:*.wild.example,DNS:xn--bcher-kva.example,DNS:*.example")
        server("service", "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.peer.example,DNS:mail.example")
        server("client", "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-client.peer.example")
        write(
            "names.cnf",
            """
            [req]
            distinguished_name = none
            [none]
            [own]
            subjectAltName = @names
            [names]
            otherName.1 = 1.3.6.1.5.5.7.8.5;FORMAT:UTF8,UTF8:Bücher.example

            """)
        server("address", nil, options: ["-config", path("names.cnf"), "-extensions", "own"])
        server("nameless", nil)
        server("user", "otherName:1.3.6.1.5.5.7.8.5;UTF8:peer.example@evil.example,DNS:peer.example.evil.example")
        server("expired", "DNS:peer.example", days: "-1")
        server("strange", "DNS:peer.example", signer: "stranger")
        server("alone", "DNS:peer.example", isComplete: false)
        make("self", ["subjectAltName=DNS:peer.example"], signer: nil)
        concatenate(["self"], to: "self")
        make("weak", ["subjectAltName=DNS:peer.example"], signer: "middle", key: ["rsa:1024"])
        concatenate(["weak", "middle"], to: "weak")
        // As servers send it whose operators publish their authority in DNS.
        concatenate(["strange", "stranger"], to: "private")
    }

    private func server(
        _ name: String, _ names: String?, signer: String = "middle", days: String = "30", isComplete: Bool = true,
        options: [String] = []
    ) {
        let extensions = ["basicConstraints=critical,CA:FALSE"] + (names.map { ["subjectAltName=\($0)"] } ?? [])
        make(name, extensions, signer: signer, days: days, options: options)
        concatenate(isComplete ? [name, signer] : [name], to: name)
    }

    private func make(
        _ name: String, _ extensions: [String], signer: String?, days: String = "30",
        key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], options: [String] = []
    ) {
        let authority = signer.map { ["-CA", path("\($0).crt"), "-CAkey", path("\($0).key")] } ?? []
        let request =
            ["req", "-utf8", "-nodes", "-subj", "/CN=\(name) CN.example", "-newkey"] + key
            + ["-keyout", path("\(name).key")] + options + extensions.flatMap { ["-addext", $0] }
        guard days.hasPrefix("-") else {
            return run(request + ["-x509", "-days", days, "-out", path("\(name).crt")] + authority)
        }
        run(request + ["-new", "-out", path("\(name).csr")])
        run(
            ["x509", "-req", "-in", path("\(name).csr"), "-days", days, "-copy_extensions", "copyall"]
                + ["-out", path("\(name).crt")] + authority)
    }

    private func run(_ arguments: [String]) {
        _ = try? ChildProcess.run("openssl", arguments)
    }

    private func concatenate(_ names: [String], to name: String) {
        let text = names.compactMap { try? String(contentsOfFile: path("\($0).crt"), encoding: .utf8) }.joined()
        write("\(name).pem", text)
    }

    private func write(_ name: String, _ text: String) {
        try? text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }
}
