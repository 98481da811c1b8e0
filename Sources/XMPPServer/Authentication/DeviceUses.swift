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
/// All of it holds at once, in memory. After a crash the last second's may be lost, which is of no account: counters are
/// there against replays of TLS 0-RTT data (XEP-0484 §3.4), which this server does not take, and an old token is good until
/// the new one is shown again.
final class DeviceUses: Sendable {
    private struct Key: Hashable {
        let account: String
        let device: String
    }

    private struct State {
        var waiting: [Key: DeviceUse] = [:]
        /// The highest counters of tokens, by nonce: longer than it takes until the store has them.
        var counts = RecentTable<Int64>(capacity: 16_384)
        /// Tokens that have been shown for the first time, by nonce, as long.
        var shown = RecentTable<Bool>(capacity: 16_384)
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

    /// Notes what is to be written; true if nothing was waiting before, and somebody has to see to it. `isFirst`: the token
    /// was not shown before, so the one before it is good no more.
    func add(_ use: DeviceUse, isFirst: Bool = false) -> Bool {
        state.withLock { state in
            if isFirst, let nonce = use.nonce { state.shown[Hexadecimal.encode(nonce)] = true }
            let isAlone = state.waiting.isEmpty
            let key = Key(account: use.account, device: use.device.id)
            var merged = use
            // Of one device's two tokens the one that is shown is the one that counts.
            if let earlier = state.waiting[key], merged.nonce == nil || merged.nonce == earlier.nonce {
                merged.nonce = earlier.nonce
                merged.count = [earlier.count, merged.count].compactMap { $0 }.max()
            }
            state.waiting[key] = merged
            return isAlone
        }
    }

    /// What was read of a device, with what may not be written yet.
    func applied(to stored: StoredLogin) -> StoredLogin {
        guard stored.hasUnusedToken, let newest = stored.tokens.first else { return stored }
        let key = Hexadecimal.encode(newest.nonce)
        guard state.withLock({ $0.shown[key] }) != nil else { return stored }
        return StoredLogin(tokens: [newest], device: stored.device)
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
