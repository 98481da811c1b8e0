//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// The streams of ours by which other domains of ours may send, too, by the domain that they lead to (XEP-0220 §2.6.1).
final class SharedStreams: Sendable {
    /// A stream, from any thread.
    struct Door: Sendable {
        let id: UInt64
        /// Asks the other server. What is reported is that of a stream of the domain's own: ready or failed, once; lost after ready.
        let join: @Sendable (OutgoingDomain, @escaping @Sendable (OutgoingStream.Event) -> Void) -> Void
    }

    private struct State {
        var doors: [String: Door] = [:]
        /// Domains that did not want it.
        var unwilling: Set<String> = []
    }

    /// Domains that are remembered for having refused.
    static let maximumUnwilling = 1000

    private let state = Mutex(State())

    /// A stream to a domain, if there is one that may be shared.
    func door(to remote: String) -> Door? { state.withLock { $0.unwilling.contains(remote) ? nil : $0.doors[remote] } }

    func open(_ door: Door, to remote: String) { state.withLock { $0.doors[remote] = door } }

    /// The stream takes nobody any more.
    func close(_ id: UInt64, to remote: String) {
        state.withLock { state in
            if state.doors[remote]?.id == id { state.doors[remote] = nil }
        }
    }

    /// The domain has refused another one of ours: it is not asked again before the next start, unless there are many.
    func refused(by remote: String) {
        state.withLock { state in
            if state.unwilling.count >= Self.maximumUnwilling { state.unwilling = [] }
            state.unwilling.insert(remote)
        }
    }
}
