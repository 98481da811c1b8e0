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
        while !Task.isCancelled {
            try await Task.sleep(for: interval)
            do {
                for notice in try await notices.after(last) {
                    last = notice.id
                    try await server.takeNotice(notice)
                }
            } catch {
                server.log.error("A notice about an account could not be taken", metadata: ["error": "\(error)"])
            }
        }
    }
}
