//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads
package import XMPPSASL

/// What a client wants beside the authentication itself (XEP-0388 §2.3).
struct SASL2Request: Sendable {
    let userAgent: UserAgent?
    let bind: Bind2.Request?
    /// `<resume/>` of XEP-0198 §8.2, as it came.
    let resume: XMLElement?
    let tokenUse: FAST.Use?
    /// Nil as well if the mechanism is none that tokens are given out for.
    let requestedToken: SASLMechanism?
    let upgrades: [String]

    init(_ authenticate: SASL2.Authenticate) throws(PayloadError) {
        userAgent = authenticate.userAgent
        func only(_ name: String, _ namespace: String) throws(PayloadError) -> XMLElement? {
            let found = authenticate.inline.filter { $0.isNamed(name, namespace) }
            guard found.count < 2 else { throw PayloadError(name, "more than one") }
            return found.first
        }
        if let element = try only("bind", Bind2.namespace) { bind = try Bind2.Request(element) } else { bind = nil }
        resume = try only("resume", StreamManagement.namespace)
        if let element = try only("fast", FAST.namespace) { tokenUse = try FAST.Use(element) } else { tokenUse = nil }
        if let element = try only("request-token", FAST.namespace) {
            requestedToken = SASLMechanism(rawValue: try FAST.RequestToken(element).mechanism)
                .flatMap { $0.isToken ? $0 : nil }
        } else {
            requestedToken = nil
        }
        upgrades = authenticate.inline.filter { $0.isNamed("upgrade", SASLUpgrade.namespace) }.map(\.text)
    }
}

/// An authentication that has succeeded, and what the client wants done before it is told so.
package struct SASL2Establishment: Sendable {
    package let account: JID
    package let mechanism: SASLMechanism
    package let userAgent: UserAgent?
    /// The number of the token that was used, among those supplied.
    package let usedToken: Int?
    package let tokenUse: FAST.Use?
    package let requestedToken: SASLMechanism?
    package let resume: XMLElement?
    package let bind: Bind2.Request?
    /// The resource to bind, made of the client's tag and a name for its device.
    package let resource: String
    /// Proves the server to the client; nil if it has been sent already, or the mechanism has nothing of the kind.
    var additionalData: [UInt8]?
}

/// What became of it.
package struct SASL2Outcome: Sendable {
    /// Full if a resource is bound.
    package var identifier: JID
    /// Goes into `<success/>`.
    package var inline: [XMLElement]
    /// An earlier stream goes on: no features follow (XEP-0198 §8.2).
    package var isResumed: Bool

    package init(_ identifier: JID, inline: [XMLElement] = [], isResumed: Bool = false) {
        self.identifier = identifier
        self.inline = inline
        self.isResumed = isResumed
    }
}

/// Upgrade tasks that are to be done before the client is let in (XEP-0480).
struct SASLUpgrading: Sendable {
    enum Step: Sendable, Equatable {
        /// `<continue/>` has been sent.
        case offered
        /// The salt has been sent.
        case salted([UInt8])
        /// The keys are being kept.
        case storing
    }

    var establishment: SASL2Establishment
    /// What is left to do, the present one first. Never empty.
    var mechanisms: [SASLMechanism]
    /// What the client has shown that it knows.
    let proven: SCRAMCredentials
    var step = Step.offered
}
