//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Why we believe that an address is a person's, strongest first.
package enum AddressTrust: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Proved with a key.
    case cryptographic
    /// The sender's server has authenticated it.
    case network
    /// A code that was given in one place was said in the other.
    case confirmed
    /// An agent says so.
    case agent
    /// The customer says so.
    case claimed
    /// It looks like it.
    case guessed

    package static func < (left: AddressTrust, right: AddressTrust) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .cryptographic: 5
        case .network: 4
        case .confirmed: 3
        case .agent: 2
        case .claimed: 1
        case .guessed: 0
        }
    }

    /// Whether records of the address are looked up along with the person's others.
    package var isBelieved: Bool { self >= .agent }
}
