//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPSASL

/// The features offered on a stream, which are the same for all streams of a kind: made once for each.
package final class StreamFeatureCache: Sendable {
    /// How far a stream has come.
    enum Stage: Hashable, Sendable { case start, login, loggedIn, bound }

    struct Key: Hashable, Sendable {
        let host: String
        let stage: Stage
        let isSecure: Bool
        let offered: SASLMechanismList
        let registers: Bool
        /// Of the server's own features.
        let variant: Int
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
