//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import FoundationEssentials
package import NIOCore
package import XMPPTLS

/// A web service that is asked with one signed POST and answers with the customer's record.
package struct HTTPRecordSource: RecordSource {
    package struct Settings: Sendable {
        package var name: String
        package var address: HTTPAddress
        /// Signs requests; nil leaves them unsigned.
        package var signingKey: String?
        /// Sent as `Authorization`.
        package var authorization: String?
        /// The company, as the service knows it.
        package var tenant: String
        /// Told to the service as the time that helps an agent.
        package var deadline: Duration
        package var trustRoots: TrustRoots

        package init(
            name: String, address: HTTPAddress, signingKey: String? = nil, authorization: String? = nil,
            tenant: String, deadline: Duration = .milliseconds(800), trustRoots: TrustRoots = .system
        ) {
            self.name = name
            self.address = address
            self.signingKey = signingKey
            self.authorization = authorization
            self.tenant = tenant
            self.deadline = deadline
            self.trustRoots = trustRoots
        }
    }

    private struct Request: Encodable {
        struct Address: Encodable {
            let scheme: String
            let value: String
            let trust: String
        }

        let v = 1
        let tenant: String
        let buddy: String
        let addresses: [Address]
        let session: String
        let deadline_ms: Int
    }

    private let settings: Settings
    private let exchange: HTTPExchange

    /// Throws `TLSError` if the authorities to trust cannot be read.
    package init(_ settings: Settings, group: any EventLoopGroup) throws {
        self.settings = settings
        exchange = HTTPExchange(
            address: settings.address,
            tls: settings.address.isEncrypted ? try TLSContext(trustRoots: settings.trustRoots) : nil,
            maximumBody: Limits.answer, group: group)
    }

    package var name: String { settings.name }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Array(
            try encoder.encode(
                Request(
                    tenant: settings.tenant, buddy: query.contact,
                    addresses: query.addresses.map {
                        Request.Address(scheme: $0.scheme, value: $0.value, trust: "network")
                    },
                    session: query.conversation, deadline_ms: Int(settings.deadline / .milliseconds(1)))))
        let signature = RequestSignature(key: settings.signingKey, authorization: settings.authorization)
        let response = try await exchange.post(body, headers: signature.headers(for: body), timeout: query.timeout)
        switch response.status {
        case 200: return RecordAnswer(records: try LookupResponse(response.body, source: name).records)
        case 204, 404: return RecordAnswer()
        case 300..<400: throw SourceFailure("it redirects, which is not followed")
        default: throw SourceFailure("it answers with status \(response.status)")
        }
    }
}
