//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Gathers the pairs of domains between which presence is to be told anew: that looks at everybody who is online, so all
/// of them share one look, and there is not more than one in a while.
final class PresenceRenewals: Sendable {
    /// In seconds.
    static let interval: Int64 = 60

    private struct State {
        var pairs: Set<DomainPair> = []
        var last: NIODeadline?
        var isDue = false
    }

    private let state = Mutex(State())

    /// Adds a pair.
    ///
    /// - Returns: in how many seconds ``take(now:)`` is to be called; nil if it will be anyway.
    func add(_ pair: DomainPair, now: NIODeadline) -> Int? {
        state.withLock { state in
            state.pairs.insert(pair)
            guard !state.isDue else { return nil }
            state.isDue = true
            guard let last = state.last else { return 0 }
            let rest = (last + .seconds(Self.interval) - now).nanoseconds
            return rest <= 0 ? 0 : Int((rest + 999_999_999) / 1_000_000_000)
        }
    }

    /// The domains of others by those of ours.
    func take(now: NIODeadline) -> [String: Set<String>] {
        state.withLock { state in
            state.isDue = false
            state.last = now
            defer { state.pairs = [] }
            return Dictionary(grouping: state.pairs, by: \.local).mapValues { Set($0.map(\.remote)) }
        }
    }
}
