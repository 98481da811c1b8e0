//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPServer
internal import XMPPStorage

/// Takes notice of what other programs do to accounts while the server runs: `switchboard user` works on the store.
package struct AccountNoticesModule: ServerModule {
    package let id = "account-notices"
    private let interval: Duration

    package init() {
        self.init(interval: .seconds(1))
    }

    init(interval: Duration) {
        self.interval = interval
    }

    package func register(in registrar: inout ModuleRegistrar) {}

    package func run(_ server: ServerCore) async throws {
        let notices = AccountNoticeStore(server.database)
        // Sessions of before the start are gone.
        var last = try await notices.last()
        var hasDepartures = true
        while !Task.isCancelled {
            do {
                // Those of accounts that were deleted before the start, too.
                if hasDepartures { try await server.sayFarewells() }
                hasDepartures = false
                try await Task.sleep(for: interval)
                for notice in try await notices.after(last) {
                    last = notice.id
                    hasDepartures = hasDepartures || notice.change == .closed
                    try await server.takeNotice(notice)
                }
            } catch is CancellationError {
                return
            } catch {
                server.log.error("A notice about an account could not be taken", metadata: ["error": "\(error)"])
            }
        }
    }
}
