//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import SystemTestKit

/// What the `openssl` command says of a certificate's public key.
enum PublicKey {
    static func der(_ certificate: String) throws -> [UInt8] {
        try ChildProcess.run(
            "/bin/sh", ["-c", "openssl x509 -in '\(certificate)' -noout -pubkey | openssl pkey -pubin -outform der"])
    }
}
