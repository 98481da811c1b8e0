//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import Synchronization
internal import XMPPCore

/// Slows guessing of passwords down: per address, per account, and for each pair of them.
///
/// Whoever has logged in before from an address, or with a device, keeps a budget of his own: guesses from elsewhere never
/// hold him up, and what he himself gets wrong only slows his own attempts down. Tokens (XEP-0484) are not counted: nobody
/// guesses one. Failures are forgotten by half every `halfLife`.
package final class LoginLimiter: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Failures that are free; beyond them each doubles the delay.
        package var perAddress = 30
        package var perAccount = 30
        package var perPair = 8
        /// Seconds of the first delay.
        package var firstDelay = 1.0
        /// Seconds that an address or a pair is refused at most.
        package var longestRefusal = 600.0
        /// Seconds between two attempts on an account from addresses that nobody knows, at most.
        package var longestSpacing = 4.0
        /// Seconds that an attempt is held before it is refused instead.
        package var longestHold = 16.0
        package var halfLife = 600.0

        package init() {}
    }

    package enum Reason: String, Sendable, CaseIterable { case address, account, pair }

    package enum Verdict: Sendable, Equatable {
        case go
        /// Look at the attempt, but not before this time has passed.
        case hold(TimeAmount)
        /// Do not look at it.
        case refuse(Reason)
    }

    private struct Counter {
        var failures = 0.0
        var updated: NIODeadline
        /// When the next attempt may be looked at, where attempts are spaced.
        var next = NIODeadline.uptimeNanoseconds(0)

        mutating func decay(_ now: NIODeadline, halfLife: Double) {
            let seconds = Double((now - updated).nanoseconds) / 1e9
            updated = now
            guard seconds > 0, failures > 0 else { return }
            // Halved for each whole half-life, and linearly within one: near enough, and needs no libm.
            var left = seconds / halfLife
            while left >= 1, failures > 0.01 {
                failures /= 2
                left -= 1
            }
            failures *= 1 - min(left, 1) / 2
        }
    }

    private struct State {
        var addresses = RecentTable<Counter>(capacity: 16_384)
        var accounts = RecentTable<Counter>(capacity: 16_384)
        var pairs = RecentTable<Counter>(capacity: 32_768)
        /// Pairs of an account and where it has logged in from; whether it has since the server started.
        var known = RecentTable<Bool>(capacity: LoginLimiter.maximumKnown)
    }

    /// Places of all accounts that are remembered.
    static let maximumKnown = 65_536

    private let settings: Settings
    private let state = Mutex(State())

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// What to do with an attempt to log in to `account`, a bare address, whether or not there is such an account.
    /// `device` is one that the account is known to have logged in with.
    package func judge(
        account: String, address: String, device: String? = nil, now: NIODeadline = .now()
    ) -> Verdict {
        let block = AddressBlock.name(of: address)
        return state.withLock { state in
            // Most of the time there is nothing to look up.
            if state.addresses.isEmpty { return .go }
            if let device {
                return space(&state.pairs, Self.pair(account, "device \(device)"), settings.perPair, now, .pair)
            }
            let pair = Self.pair(account, block)
            if state.known[pair] != nil { return space(&state.pairs, pair, settings.perPair, now, .pair) }
            if isRefused(&state.addresses, block, settings.perAddress, now) { return .refuse(.address) }
            if isRefused(&state.pairs, pair, settings.perPair, now) { return .refuse(.pair) }
            return space(&state.accounts, account, settings.perAccount, now, .account)
        }
    }

    /// A password, or a claim to an account, was wrong.
    package func failed(account: String?, address: String, device: String? = nil, now: NIODeadline = .now()) {
        let block = AddressBlock.name(of: address)
        state.withLock { state in
            count(&state.addresses, block, now)
            guard let account else { return }
            let pair = Self.pair(account, block)
            count(&state.pairs, pair, now)
            if let device { count(&state.pairs, Self.pair(account, "device \(device)"), now) }
            // Guesses are what comes from elsewhere: a client of one's own with an old password harms nobody else.
            if state.known[pair] == nil { count(&state.accounts, account, now) }
        }
    }

    /// The account has logged in from there.
    ///
    /// - Returns: the place, if it is the first time since the start, or a day before: to be kept for the next start.
    @discardableResult
    package func succeeded(account: String, address: String, device: String? = nil) -> String? {
        let block = AddressBlock.name(of: address)
        return state.withLock { state in
            let isNoted = state.known[Self.pair(account, block)] == true
            for place in [block] + (device.map { ["device \($0)"] } ?? []) {
                let pair = Self.pair(account, place)
                state.known[pair] = true
                if !state.pairs.isEmpty { state.pairs[pair] = nil }
            }
            return isNoted ? nil : block
        }
    }

    /// Accounts logged in from these places before the server was started, at these times (milliseconds since 1970). What
    /// was noted within a day need not be noted again.
    package func remember(
        _ places: [(account: String, place: String, stamp: Int64)], now: Int64 = Timestamp.now().milliseconds
    ) {
        state.withLock { state in
            for (account, place, stamp) in places {
                let pair = Self.pair(account, place)
                if state.known[pair] == nil { state.known[pair] = now - stamp < Self.day }
            }
        }
    }

    private static let day: Int64 = 86_400_000

    /// No account holds a space.
    private static func pair(_ account: String, _ place: String) -> String { account + " " + place }

    private func count(_ table: inout RecentTable<Counter>, _ key: String, _ now: NIODeadline) {
        var counter = table[key] ?? Counter(updated: now)
        counter.decay(now, halfLife: settings.halfLife)
        counter.failures += 1
        table[key] = counter
    }

    /// Seconds to wait after so many failures.
    private func delay(_ counter: Counter, free: Int, longest: Double) -> Double {
        let over = counter.failures - Double(free)
        guard over > 0 else { return 0 }
        var delay = settings.firstDelay
        for _ in 1..<max(1, Int(min(over, 64).rounded(.up))) where delay < longest { delay *= 2 }
        return min(delay, longest)
    }

    private func isRefused(
        _ table: inout RecentTable<Counter>, _ key: String, _ free: Int, _ now: NIODeadline
    ) -> Bool {
        guard var counter = table[key] else { return false }
        let last = counter.updated
        counter.decay(now, halfLife: settings.halfLife)
        let delay = delay(counter, free: free, longest: settings.longestRefusal)
        return delay > 0 && now < last + Self.time(delay)
    }

    /// Lets attempts through one after the other, each some time after the one before.
    private func space(
        _ table: inout RecentTable<Counter>, _ key: String, _ free: Int, _ now: NIODeadline, _ reason: Reason
    ) -> Verdict {
        guard var counter = table[key] else { return .go }
        var decayed = counter
        decayed.decay(now, halfLife: settings.halfLife)
        let delay = delay(decayed, free: free, longest: settings.longestSpacing)
        guard delay > 0 else { return .go }
        let slot = max(counter.next, now) + Self.time(delay)
        guard slot - now <= Self.time(settings.longestHold) else { return .refuse(reason) }
        counter.next = slot
        table[key] = counter
        return .hold(slot - now)
    }

    private static func time(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}

/// A dictionary that forgets what was not used longest: two generations, the older of which goes when the younger is full.
struct RecentTable<Value> {
    private let half: Int
    private var young: [String: Value] = [:]
    private var old: [String: Value] = [:]

    init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    var isEmpty: Bool { young.isEmpty && old.isEmpty }

    var count: Int { young.count + old.count }

    subscript(key: String) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            insert(value, key)
            return value
        }
        set {
            old[key] = nil
            if let newValue { insert(newValue, key) } else { young[key] = nil }
        }
    }

    private mutating func insert(_ value: Value, _ key: String) {
        if young.count >= half, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
