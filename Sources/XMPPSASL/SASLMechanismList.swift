//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPTLS

/// What a server offers on one stream: its mechanisms in order of preference, and the types of channel binding it
/// advertises with them (XEP-0440).
package struct SASLMechanismList: Sendable, Hashable {
    package let mechanisms: [SASLMechanism]
    package let channelBindings: [ChannelBindingType]

    package init(_ mechanisms: [SASLMechanism], channelBindings: [ChannelBindingType] = []) {
        self.mechanisms = mechanisms
        self.channelBindings = channelBindings
    }

    /// The list for a stream.
    ///
    /// - `bindings`: types the stream's TLS session has data for; empty without TLS. With none, no -PLUS is offered.
    /// - `hashes`: those the accounts of this host have credentials for.
    /// - `plainAllowed`: whether PLAIN is offered; only ever on an encrypted stream (RFC 6120 §13.8).
    /// - `externalAllowed`: whether the stream's TLS session has shown a certificate that EXTERNAL can take.
    /// - `anonymousAllowed`: whether the host takes visitors.
    package static func offered(
        tls bindings: [ChannelBindingType], hashes: Set<HashFunction> = [.sha256, .sha1], plainAllowed: Bool,
        externalAllowed: Bool = false, anonymousAllowed: Bool = false
    ) -> SASLMechanismList {
        let mechanisms = SASLMechanism.allCases.filter { mechanism in
            switch mechanism {
            case .external: externalAllowed
            case .plain: plainAllowed
            case .anonymous: anonymousAllowed
            case .tokenExporter, .tokenEndPoint, .tokenUnbound: false
            default:
                mechanism.hash.map { hashes.contains($0) && (!mechanism.isPlus || !bindings.isEmpty) } ?? false
            }
        }
        return SASLMechanismList(mechanisms, channelBindings: bindings)
    }

    /// The mechanisms for tokens that go with these channel bindings (XEP-0484 §3.1), the best first.
    package var tokenMechanisms: [SASLMechanism] {
        SASLMechanism.allCases.filter { mechanism in
            mechanism.isToken && mechanism.tokenBinding.map(channelBindings.contains) ?? true
        }
    }

    /// What a client has seen of this.
    package var advertisement: SASLAdvertisement {
        SASLAdvertisement(
            mechanisms: mechanisms.map(\.rawValue),
            channelBindings: channelBindings.isEmpty ? nil : channelBindings.map(\.rawValue))
    }

    /// The value of the attribute `h` (XEP-0474 §5.1) for one of the mechanisms: made once for each list and hash.
    func downgradeHash(for mechanism: SASLMechanism) -> String? {
        guard let hash = mechanism.hash else { return nil }
        let key = OfferKey(list: self, hash: hash)
        if let known = Self.downgradeHashes.withLock({ $0[key] }) { return known }
        let made = advertisement.downgradeHash(for: mechanism)
        Self.downgradeHashes.withLock { known in
            // Hosts and kinds of streams are few; who makes more of them makes the rest each time.
            if known.count < Self.rememberedHashes { known[key] = made }
        }
        return made
    }

    private struct OfferKey: Hashable {
        let list: SASLMechanismList
        let hash: HashFunction
    }

    private static let downgradeHashes = Mutex<[OfferKey: String]>([:])
    private static let rememberedHashes = 256

    /// Whether any mechanism with channel binding is offered.
    package var offersPlus: Bool { mechanisms.contains(where: \.isPlus) }

    package func contains(_ mechanism: SASLMechanism) -> Bool { mechanisms.contains(mechanism) }
}
