//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// Which sessions of an account were given the same messages before the server stopped, so that one that ends later gives
/// away only what none of them has had.
struct RestoredDeliveries {
    private var numbered: [Int64: SharedDelivery] = [:]

    /// What a session has in common with others, by the mark that the store has of it.
    mutating func join(_ mark: Int64?) -> SharedDelivery? {
        guard let mark else { return nil }
        guard mark != 0 else { return .taken }
        if let delivery = numbered[mark] {
            delivery.join()
            return delivery
        }
        let new = SharedDelivery(restored: mark)
        numbered[mark] = new
        return new
    }
}
