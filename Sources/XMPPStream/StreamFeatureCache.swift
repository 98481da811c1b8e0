//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPSASL

/// The features offered before log-in, which are the same for all streams of a kind: made once for each.
package final class StreamFeatureCache: Sendable {
    struct Key: Hashable, Sendable {
        let host: String
        let isSecure: Bool
        let offered: SASLMechanismList
        let registers: Bool
    }

    private let made = Mutex<[Key: XMLElement]>([:])

    package init() {}

    /// Hosts and kinds are the configuration's: the cache is as small.
    func features(for key: Key, _ make: () -> XMLElement) -> XMLElement {
        if let known = made.withLock({ $0[key] }) { return known }
        let new = make()
        made.withLock { $0[key] = new }
        return new
    }
}
