//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyRecords

extension SwitchboardConfiguration {
    /// A web service that says where new customers should go.
    struct RoutingHookSettings: Sendable, Equatable {
        /// Without it nobody is asked.
        var url: String?
        var authorities: String?
        var signingKey: Secret?
        var authorization: Secret?
        var timeout: Duration = .milliseconds(500)

        static let schema = SectionSchema<RoutingHookSettings>(
            [
                Field(
                    "url", \.url, .optional(.text), example: "\"https://crm.acme.example/route\"",
                    "Where questions are posted, as docs/operations.md describes. Without it nobody is asked."),
                Field(
                    "authorities_file", \.authorities, .optional(.path("path", in: .configuration)), example: "ca.pem",
                    "A PEM file of the authorities to trust. Default: those the system trusts."),
                Field(
                    "signing_key_file", \.signingKey, .optional(.secretFile), example: "secrets/route-key",
                    "A file with the key that questions are signed with (X-Signature)."),
                Field(
                    "authorization_file", \.authorization, .optional(.secretFile), example: "secrets/route-token",
                    "A file with the value of the header Authorization."),
                Field(
                    "timeout_milliseconds", \.timeout, .milliseconds(10...30_000),
                    """
                    How long an answer may take, in milliseconds. Nobody waits longer than bridge.lookup_deadline_milliseconds for it; after five \
                    failures in a row the service is left alone for 30 seconds.
                    """),
            ],
            finish: { settings, path, reading in
                guard let url = settings.url else { return }
                guard let address = HTTPAddress(url) else {
                    return reading.report("\"\(url)\" is no http or https URL", at: path + ["url"])
                }
                if !address.isEncrypted, !address.isLoopback {
                    reading.report(
                        "customers' addresses would go unencrypted: use https, or a service on this machine",
                        at: path + ["url"])
                }
            })
    }
}
