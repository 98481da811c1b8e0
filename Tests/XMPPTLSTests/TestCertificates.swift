//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import XMPPTLS

/// Certificates made once per run with the `openssl` command.
struct TestCertificates: Sendable {
    static let shared = TestCertificates()

    let folder: String

    var one: TLSContext { get throws { try server("one") } }
    var two: TLSContext { get throws { try server("two") } }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func server(_ name: String, clientRoots: TrustRoots? = nil) throws -> TLSContext {
        try TLSContext(
            certificateChain: path("\(name).crt"), privateKey: path("\(name).key"), clientRoots: clientRoots)
    }

    func client(
        trusting name: String? = "one", maximumVersion: TLSSessionInfo.Version = .tls13
    ) throws -> TLSContext {
        guard let name else { return try TLSContext(verifiesPeer: false, maximumVersion: maximumVersion) }
        return try TLSContext(trustRoots: .file(path("\(name).crt")), maximumVersion: maximumVersion)
    }

    private init() {
        folder = NSTemporaryDirectory() + "/switchboard-tls-\(SecureRandom.hexToken())"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        make("one", ec, "DNS:one.example,DNS:*.wild.example,DNS:ONE.alias.example")
        make("two", ec, "DNS:two.example")
        make("sha384", ec + ["-sha384"], "DNS:three.example")
        make("rsa", ["-newkey", "rsa:2048"], "DNS:rsa.example")
        make("ed25519", ["-newkey", "ed25519"], "DNS:ed.example")
        make("named", ec, nil)
        run(["pkey", "-in", path("one.key"), "-aes256", "-passout", "pass:secret", "-out", path("encrypted.key")])
        write("garbage.pem", "this is no certificate\n")
        write("broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    }

    private func make(_ name: String, _ key: [String], _ names: String?) {
        run(
            ["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=one.example", "-keyout", path("\(name).key")]
                + ["-out", path("\(name).crt")] + key + (names.map { ["-addext", "subjectAltName=\($0)"] } ?? []))
    }

    func write(_ name: String, _ text: String) {
        try? text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    private func run(_ arguments: [String]) {
        _ = try? ChildProcess.run("openssl", arguments)
    }
}
