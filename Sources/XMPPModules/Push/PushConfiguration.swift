//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What push notifications say, and how many there may be (XEP-0357).
package struct PushConfiguration: Sendable, Equatable {
    /// Whether the service is told who wrote.
    package var includesSender: Bool
    /// Whether the service is told what was written.
    package var includesBody: Bool
    /// Registrations of one account; of more the oldest go.
    package var devicesPerAccount: Int
    /// How long a service has to answer, in seconds.
    package var patience: Int
    /// Notifications on their way to one service at a time.
    package var perService: Int
    /// Notifications on their way at a time.
    package var outstanding: Int

    package init(
        includesSender: Bool = false, includesBody: Bool = false, devicesPerAccount: Int = 20, patience: Int = 30,
        perService: Int = 64, outstanding: Int = 1024
    ) {
        self.includesSender = includesSender
        self.includesBody = includesBody
        self.devicesPerAccount = devicesPerAccount
        self.patience = patience
        self.perService = perService
        self.outstanding = outstanding
    }
}
