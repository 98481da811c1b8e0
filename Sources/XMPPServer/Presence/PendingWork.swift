//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What has to be waited for, collected along the way.
struct PendingWork {
    private var items: [Deferred] = []

    mutating func add(_ work: Deferred?) {
        if let work { items.append(work) }
    }

    /// All of it, one after the other; nil if there is none.
    var deferred: Deferred? {
        guard items.count > 1 else { return items.first }
        return { [items] in for item in items { await item() } }
    }
}
