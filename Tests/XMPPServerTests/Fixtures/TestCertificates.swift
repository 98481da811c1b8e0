//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import SystemTestKit
import XMPPTestKit

/// An authority and a server certificate, made once per run with the `openssl` command.
enum TestCertificates {
    static let shared: Result<TestTLS, any Error> = Result { try make() }

    private static func make() throws -> TestTLS {
        let folder = NSTemporaryDirectory() + "/switchboard-server-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = ["req", "-x509", "-nodes", "-days", "30", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        try run(
            key + ["-subj", "/CN=Test authority", "-keyout", "\(folder)/ca.key", "-out", "\(folder)/ca.crt"])
        try run(
            key + [
                "-CA", "\(folder)/ca.crt", "-CAkey", "\(folder)/ca.key", "-subj", "/CN=acme.example",
                "-addext", "subjectAltName=DNS:acme.example,DNS:home.example",
                "-addext", "basicConstraints=critical,CA:FALSE",
                "-keyout", "\(folder)/server.key", "-out", "\(folder)/server.crt",
            ])
        return try TestTLS(
            chain: "\(folder)/server.crt", key: "\(folder)/server.key", trusted: "\(folder)/ca.crt")
    }

    private static func run(_ arguments: [String]) throws {
        try ChildProcess.run("openssl", arguments)
    }
}
