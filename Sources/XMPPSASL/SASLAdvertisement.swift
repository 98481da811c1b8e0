//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// What a server advertised for log-in, as the client saw it: the two must be the same, or somebody between them has
/// taken something away (XEP-0474).
package struct SASLAdvertisement: Sendable, Equatable {
    /// Of the profile that is used: of SASL or of XEP-0388, without the mechanisms for tokens.
    package let mechanisms: [String]
    /// XEP-0440; nil if there was no such feature.
    package let channelBindings: [String]?

    package init(mechanisms: [String], channelBindings: [String]?) {
        self.mechanisms = mechanisms
        self.channelBindings = channelBindings
    }

    /// The value of the attribute `h` in base64 (XEP-0474 §5.1), with the hash of the mechanism in use.
    package func downgradeHash(for mechanism: SASLMechanism) -> String? {
        guard let hash = mechanism.hash else { return nil }
        var text = Self.joined(mechanisms)
        if let channelBindings {
            text.append(0x1F)
            text += Self.joined(channelBindings)
        }
        return Base64.encode(hash.digest(text))
    }

    /// Sorted by bytes (i;octet).
    private static func joined(_ names: [String]) -> [UInt8] {
        let sorted = names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        return Array(sorted.joined(separator: [0x1E]))
    }
}
