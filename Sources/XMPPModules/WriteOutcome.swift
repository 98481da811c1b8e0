//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Carries what a write has found from the writer's thread to whoever goes on with it.
final class WriteOutcome<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)

    func store(_ value: Value) { stored.withLock { $0 = value } }

    var value: Value? { stored.withLock { $0 } }
}
