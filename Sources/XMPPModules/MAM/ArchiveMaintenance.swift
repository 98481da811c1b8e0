//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPServer
internal import XMPPStorage

/// What archives need from time to time: words put into the full text, and old messages taken out.
struct ArchiveMaintenance {
    private let server: ServerCore
    /// Between looks for new words: a search finds them in any case.
    private static let indexing = Duration.seconds(5)
    /// Looks for new words between rounds of purging: about an hour.
    private static let looksPerPurge = 720

    init(_ server: ServerCore) {
        self.server = server
    }

    func run() async {
        while !Task.isCancelled {
            await attempt("purge") { [server] in
                let removed = try await server.archive.purge(
                    { server.configuration.archiveRetention($0) }, isCancelled: { Task.isCancelled })
                if removed > 0 {
                    server.log.info("Archives were purged", metadata: ["entries": "\(removed)"])
                }
            }
            for _ in 0..<Self.looksPerPurge where !Task.isCancelled {
                await attempt("index") { [server] in try await server.archive.followWithIndex() }
                try? await Task.sleep(for: Self.indexing)
            }
        }
    }

    /// What fails now is taken up the next time.
    private func attempt(_ what: String, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch StorageError.cancelled, StorageError.closed {
            return
        } catch {
            server.log.warning("Archives were not looked after", metadata: ["step": "\(what)", "error": "\(error)"])
        }
    }
}
