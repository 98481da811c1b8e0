//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import NIOCore
internal import Synchronization
internal import XMPPStorage
internal import XMPPTLS

/// What log-ins change of devices and tokens and is written a moment later, many at a time: a log-in with a token then
/// waits for no commit.
///
/// Counters hold at once, in memory. After a crash the last second's may be lost, which is of no account: they are there
/// against replays of TLS 0-RTT data (XEP-0484 §3.4), which this server does not take.
final class DeviceUses: Sendable {
    private struct Key: Hashable {
        let account: String
        let device: String
    }

    private struct State {
        var waiting: [Key: DeviceUse] = [:]
        /// The highest counters of tokens, by nonce: longer than it takes until the store has them.
        var counts = RecentTable<Int64>(capacity: 16_384)
    }

    private let state = Mutex(State())

    /// Takes the counter that a token was shown with; false if it is not higher than all before.
    func take(_ count: Int64, of token: StoredToken) -> Bool {
        let key = Hexadecimal.encode(token.nonce)
        return state.withLock { state in
            guard count > max(token.count, state.counts[key] ?? token.count) else { return false }
            state.counts[key] = count
            return true
        }
    }

    /// Notes what is to be written; true if nothing was waiting before, and somebody has to see to it.
    func add(_ use: DeviceUse) -> Bool {
        state.withLock { state in
            let isFirst = state.waiting.isEmpty
            let key = Key(account: use.account, device: use.device.id)
            var merged = use
            // Of one device's two tokens the one that is shown is the one that counts.
            if let earlier = state.waiting[key], merged.nonce == nil || merged.nonce == earlier.nonce {
                merged.nonce = earlier.nonce
                merged.count = max(earlier.count, merged.count)
            }
            state.waiting[key] = merged
            return isFirst
        }
    }

    /// What waits, which waits no more.
    func takeAll() -> [DeviceUse] {
        state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
    }
}

extension ServerCore {
    /// How long uses of devices wait for others that are written with them.
    private static let deviceUseDelay = TimeAmount.seconds(1)

    /// Sees to it that what waits is written soon.
    func writeDeviceUses(on resources: LoopResources) {
        resources.loop.scheduleTask(in: Self.deviceUseDelay) {
            self.background(on: resources) { await self.writeDeviceUses() }
        }
    }

    /// Writes what waits.
    func writeDeviceUses() async {
        let uses = tokens.uses.takeAll()
        guard !uses.isEmpty else { return }
        do {
            try await tokens.store.record(uses)
        } catch {
            log.error("Uses of devices could not be written", metadata: ["error": "\(error)"])
        }
    }
}
