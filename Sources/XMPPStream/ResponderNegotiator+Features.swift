//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPPayloads
internal import XMPPSASL
internal import XMPPTLS

extension ResponderNegotiator {
    /// The server's own stream features. They depend on what they are made with, and otherwise have another variant.
    package struct OwnFeatures {
        let variant: Int
        let make: (_ host: String, _ isLoggedIn: Bool, _ isSecure: Bool) -> [XMLElement]

        package init(
            variant: Int = 0, _ make: @escaping (_ host: String, _ isLoggedIn: Bool, _ isSecure: Bool) -> [XMLElement]
        ) {
            self.variant = variant
            self.make = make
        }
    }

    private static let channelBindingNamespace = "urn:xmpp:sasl-cb:0"

    /// The features that hold now (RFC 6120 §4.3.2).
    mutating func features(_ host: String, isBound: Bool = false, own: OwnFeatures) -> StreamFeatures {
        let stage: StreamFeatureCache.Stage
        if account != nil {
            stage = isBound ? .bound : .loggedIn
        } else if mayAuthenticate {
            stage = .login
            offered = makeOffer(host)
        } else {
            stage = .start
        }
        let key = StreamFeatureCache.Key(
            host: host, stage: stage, isSecure: isSecure, offered: offered, registers: policy.allowsRegistration(host),
            variant: own.variant)
        return policy.cache.features(for: key) {
            XMLElement("features", Namespace.streams) {
                switch stage {
                case .start: startTLS
                case .login:
                    if !isSecure { startTLS }
                    login(host)
                case .loggedIn: XMLElement("bind", Namespace.bind)
                case .bound: [] as [XMLElement]
                }
                own.make(host, account != nil, isSecure)
            }
        }
    }

    private var startTLS: XMLElement {
        XMLElement("starttls", Namespace.tls) {
            if policy.requiresTLS { XMLElement("required", Namespace.tls) }
        }
    }

    private func makeOffer(_ host: String) -> SASLMechanismList {
        let all = SASLMechanismList.offered(
            tls: bindingTypes, hashes: policy.hashes(host), plainAllowed: isSecure || policy.allowsPlainWithoutTLS,
            externalAllowed: claimedAddresses != nil
                || certificateAddresses.contains { $0.domain == host && $0.isBare && $0.local != nil },
            anonymousAllowed: policy.allowsAnonymous(host))
        guard let wanted = policy.mechanisms else { return all }
        return SASLMechanismList(
            all.mechanisms.filter { wanted.contains($0.rawValue) }, channelBindings: all.channelBindings)
    }

    /// How one can log in.
    private func login(_ host: String) -> [XMLElement] {
        var features: [XMLElement] = []
        let names = offered.mechanisms.map(\.rawValue)
        if !names.isEmpty {
            features.append(
                XMLElement("mechanisms", Namespace.sasl) {
                    names.map { XMLElement("mechanism", Namespace.sasl, text: $0) }
                })
            if offersSASL2 { features.append(sasl2(names).element) }
        }
        if !offered.channelBindings.isEmpty {
            // XEP-0440 §3
            features.append(
                XMLElement("sasl-channel-binding", Self.channelBindingNamespace) {
                    offered.channelBindings.map {
                        XMLElement("channel-binding", Self.channelBindingNamespace, ["type": $0.rawValue])
                    }
                })
        }
        if policy.allowsRegistration(host) {
            features.append(XMLElement("register", "http://jabber.org/features/iq-register"))
        }
        if policy.allowsInvitations { features.append(XMLElement("register", "urn:xmpp:ibr-token:0")) }
        return features
    }

    private func sasl2(_ names: [String]) -> SASL2.Feature {
        var inline = [Bind2.Feature(inline: policy.bind2Features).element, StreamManagement.feature]
        if policy.givesTokens {
            inline.append(FAST.Feature(mechanisms: offered.tokenMechanisms.map(\.rawValue)).element)
        }
        return SASL2.Feature(
            mechanisms: names, inline: inline, upgrades: policy.upgrades.map { SASLUpgrade.task(for: $0.rawValue) })
    }
}
