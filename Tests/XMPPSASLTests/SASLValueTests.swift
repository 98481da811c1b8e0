//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@testable import XMPPSASL

@Suite struct SASLValueTests {
    @Test func offersInOrderOfPreference() {
        func names(_ list: SASLMechanismList) -> [String] { list.mechanisms.map(\.rawValue) }
        #expect(
            names(.offered(tls: [.tlsExporter], plainAllowed: true)) == [
                "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN",
            ])
        #expect(names(.offered(tls: [], plainAllowed: false)) == ["SCRAM-SHA-256", "SCRAM-SHA-1"])
        #expect(names(.offered(tls: [], hashes: [.sha512], plainAllowed: false)) == ["SCRAM-SHA-512"])
        #expect(names(.offered(tls: [], hashes: [], plainAllowed: false)).isEmpty)
    }

    @Test func failuresHaveTheNamesOfTheSpecification() {
        // RFC 6120 §6.5.1 to §6.5.11
        #expect(
            SASLFailure.Condition.allCases.map(\.rawValue) == [
                "aborted", "account-disabled", "credentials-expired", "encryption-required", "incorrect-encoding",
                "invalid-authzid", "invalid-mechanism", "malformed-request", "mechanism-too-weak", "not-authorized",
                "temporary-auth-failure",
            ])
    }

    @Test(arguments: HashFunction.allCases) func credentialsVerifyTheirPasswordOnly(_ hash: HashFunction) {
        let credentials = SCRAMCredentials.derive(password: "pencil", hash: hash, iterations: 100)
        #expect(credentials.verifies(password: "pencil"))
        #expect(!credentials.verifies(password: "Pencil"))
        #expect(!credentials.verifies(password: ""))
        #expect(credentials.salt.count == SCRAMCredentials.saltLength)
        #expect(credentials.storedKey.count == hash.digestLength)
        let again = SCRAMCredentials.derive(password: "pencil", hash: hash, iterations: 100)
        #expect(again.salt != credentials.salt)
        #expect(again.storedKey != credentials.storedKey)
    }
}
