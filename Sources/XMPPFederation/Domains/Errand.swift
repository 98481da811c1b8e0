//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A job that somebody waits for who may go: then it is cancelled.
final class Errand: Sendable {
    private let gone: AsyncStream<Void>
    private let go: AsyncStream<Void>.Continuation

    init() {
        (gone, go) = AsyncStream.makeStream()
    }

    /// Nobody waits for it any more.
    func cancel() { go.finish() }

    /// To be called once.
    func run(_ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await body() }
            tasks.addTask { [gone] in
                for await _ in gone {}
            }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}
