//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import Synchronization

/// Validates where it can: behind a DNS server that drops signatures, as those of many routers do, every answer would
/// count as forged. There it asks without validation, so nothing is secure, and tries again later.
///
/// Whoever controls the path can bring that about too; where DNSSEC must hold, use a validating resolver alone.
package final class OpportunisticResolver: Resolver {
    private enum State {
        case unknown
        /// The path was good then.
        case validating(since: NIODeadline)
        case plain(until: NIODeadline)
    }

    /// A signed name that is not going to vanish.
    static let probe = "org"
    /// How long a verdict against the path holds.
    private static let plainTime = TimeAmount.hours(1)
    /// How long the path counts as good whatever comes by it: anybody can have a zone with broken signatures.
    static let validTime = TimeAmount.minutes(1)

    private let validating: any Resolver
    private let plain: any Resolver
    private let onFallback: @Sendable () -> Void
    private let now: @Sendable () -> NIODeadline
    private let state = Mutex(State.unknown)

    /// - `onFallback`: called when it begins to ask without validation.
    package init(
        validating: any Resolver, plain: any Resolver, now: @escaping @Sendable () -> NIODeadline = NIODeadline.now,
        onFallback: @escaping @Sendable () -> Void
    ) {
        self.validating = validating
        self.plain = plain
        self.now = now
        self.onFallback = onFallback
    }

    package func lookUp(_ name: String, _ type: DNSType) async throws -> DNSResponse {
        guard try await isValidating() else { return try await plain.lookUp(name, type) }
        do {
            return try await validating.lookUp(name, type)
        } catch DNSError.bogus(let reason) {
            // Either the zone is broken, or signatures are dropped since the network has changed.
            guard doubtsPath(), try await !isValidating() else { throw DNSError.bogus(reason) }
            return try await plain.lookUp(name, type)
        }
    }

    /// Whether the path is to be tried again.
    private func doubtsPath() -> Bool {
        state.withLock { state in
            guard case .validating(let since) = state else { return true }
            guard since + Self.validTime <= now() else { return false }
            state = .unknown
            return true
        }
    }

    private func isValidating() async throws -> Bool {
        let known: Bool? = state.withLock { state in
            switch state {
            case .unknown: nil
            case .validating: true
            case .plain(let until): until > now() ? false : nil
            }
        }
        if let known { return known }
        do {
            _ = try await validating.lookUp(Self.probe, .ipv4)
            state.withLock { $0 = .validating(since: now()) }
            return true
        } catch DNSError.bogus(_) {
            let isNew = state.withLock { state in
                let isNew = if case .plain(let until) = state { until <= now() } else { true }
                state = .plain(until: now() + Self.plainTime)
                return isNew
            }
            if isNew { onFallback() }
            return false
        } catch is DNSError {
            // Nothing is known while the server does not answer, and nothing is lost by asking as before.
            return true
        }
    }
}
