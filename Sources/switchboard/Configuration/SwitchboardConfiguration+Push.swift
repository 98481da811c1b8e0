//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// What push services are told, and how much.
    struct Push: Sendable, Equatable {
        var includesSender = false
        var includesBody = false
        var devicesPerAccount = 20
        var timeout: Duration = .seconds(30)

        static let schema = SectionSchema<Push>([
            Field(
                "include_sender", \.includesSender, .boolean,
                "Whether push services are told who wrote. They are run by others, and often pass it on to still others."
            ),
            Field(
                "include_body", \.includesBody, .boolean,
                "Whether push services are told what was written, its beginning at least."),
            Field(
                "devices_per_account", \.devicesPerAccount, .integer(1...1000),
                "Devices of one account that get notifications. One more takes the place of the one that asked longest ago."
            ),
            Field(
                "timeout_seconds", \.timeout, .seconds(1...300),
                "How long a push service has to answer before it is left alone for a while, in seconds."),
        ])
    }
}
