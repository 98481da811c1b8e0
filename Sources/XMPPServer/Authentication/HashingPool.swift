//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOPosix
internal import Synchronization

/// Threads for work of milliseconds that must not run on an event loop: PBKDF2.
final class HashingPool: Sendable {
    /// More log-ins than this at a time are told to come back: each waits for the ones before it.
    private static let maximumWaiting = 1024

    struct Overloaded: Error {}

    private let pool: NIOThreadPool
    private let waiting = Atomic<Int>(0)

    init() {
        pool = NIOThreadPool(numberOfThreads: ServerThreads.available)
        pool.start()
    }

    /// - Throws: `Overloaded` if too much waits already.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
        let before = waiting.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        guard before < Self.maximumWaiting else { throw Overloaded() }
        return try await pool.runIfActive { work() }
    }

    func stop() async {
        try? await pool.shutdownGracefully()
    }
}
