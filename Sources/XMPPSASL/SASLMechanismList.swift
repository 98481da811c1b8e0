//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// What a server offers on one stream: its mechanisms in order of preference, and the types of channel binding it
/// advertises with them (XEP-0440).
package struct SASLMechanismList: Sendable, Equatable {
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
    package static func offered(
        tls bindings: [ChannelBindingType], hashes: Set<HashFunction> = [.sha256, .sha1], plainAllowed: Bool
    ) -> SASLMechanismList {
        let mechanisms = SASLMechanism.allCases.filter { mechanism in
            guard let hash = mechanism.hash else { return plainAllowed }
            return hashes.contains(hash) && (!mechanism.isPlus || !bindings.isEmpty)
        }
        return SASLMechanismList(mechanisms, channelBindings: bindings)
    }

    /// Whether any mechanism with channel binding is offered.
    package var offersPlus: Bool { mechanisms.contains(where: \.isPlus) }

    package func contains(_ mechanism: SASLMechanism) -> Bool { mechanisms.contains(mechanism) }
}
