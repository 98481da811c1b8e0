//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import Synchronization
import XMPPStorage

/// Holds the writer's thread inside an operation, so that a test can fill the queue behind it.
final class WriterGate: Sendable {
    private let gate = DispatchSemaphore(value: 0)

    /// Queues the holding operation, and returns once the writer is in it.
    func hold(_ database: XMPPDatabase) async {
        let gate = gate
        await withCheckedContinuation { continuation in
            database.submit { _ in
                continuation.resume()
                gate.wait()
            } completion: { _ in
            }
        }
    }

    func release() {
        gate.signal()
    }
}

extension XMPPDatabase {
    /// Returns when everything submitted before has been answered.
    func drain() async {
        await withCheckedContinuation { continuation in
            submit { _ in
            } completion: { _ in
                continuation.resume()
            }
        }
    }
}

/// Collects the answers to submitted writes.
final class WriteResults: Sendable {
    private let results = Mutex<[Result<Void, StorageError>]>([])

    func add(_ result: Result<Void, StorageError>) {
        results.withLock { $0.append(result) }
    }

    var count: Int { results.withLock { $0.count } }

    var successes: Int { count - failures.count }

    var failures: [StorageError] {
        results.withLock { results in
            results.compactMap { result in
                if case .failure(let error) = result { error } else { nil }
            }
        }
    }
}
