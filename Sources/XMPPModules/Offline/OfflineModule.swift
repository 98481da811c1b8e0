//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
package import XMPPServer
internal import XMPPStorage

/// Looks after messages that wait for accounts (XEP-0160): those that have waited too long are left to the archive, if that
/// holds them.
package struct OfflineModule: ServerModule {
    package let id = "offline"
    /// Days that a message waits; nil = for ever.
    private let days: Int?
    private static let interval = Duration.seconds(86_400)

    package init(days: Int?) {
        self.days = days
    }

    package func register(in registrar: inout ModuleRegistrar) {}

    package func run(_ server: ServerCore) async throws {
        guard let days else { return }
        while !Task.isCancelled {
            await removeExpired(days: days, server)
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Removes what has waited longer; what fails now is taken up the next day.
    func removeExpired(days: Int, _ server: ServerCore) async {
        do {
            let removed = try await server.offline.deleteExpired(
                before: Timestamp.now().milliseconds - Int64(days) * 86_400_000)
            guard removed > 0 else { return }
            server.log.info("Messages had waited too long", metadata: ["messages": "\(removed)"])
        } catch {
            server.log.warning("Waiting messages were not looked after", metadata: ["error": "\(error)"])
        }
    }
}
