//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import Synchronization
package import XMPPCore
internal import XMPPSASL
internal import XMPPXML

/// The features offered on a stream, with the bytes that say them to a client.
package struct StreamFeatures: Sendable {
    package let element: XMLElement
    /// As it stands in a stream whose namespace is `jabber:client`.
    package let bytes: ByteBuffer

    init(_ element: XMLElement) {
        self.element = element
        var bytes = ByteBuffer()
        bytes.writeElement(element, inherited: .clientNamespace)
        self.bytes = bytes
    }
}

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

    private let made = Mutex<[Key: StreamFeatures]>([:])

    package init() {}

    /// Hosts and kinds are the configuration's: the cache is as small.
    func features(for key: Key, _ make: () -> XMLElement) -> StreamFeatures {
        if let known = made.withLock({ $0[key] }) { return known }
        let new = StreamFeatures(make())
        made.withLock { $0[key] = new }
        return new
    }
}
