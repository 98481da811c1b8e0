//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPSASL
import XMPPTLS
import XMPPXML

@testable import XMPPStream

/// A negotiator with events in a few words, and its actions likewise.
struct Negotiation {
    static let password = "secret"
    static let credentials = SCRAMCredentials.derive(password: password, hash: .sha256, iterations: 4096)
    static let plain = XMLElement(
        "auth", Namespace.sasl, ["mechanism": "PLAIN"], text: Base64.encode(Array("\0alice\0secret".utf8)))

    var negotiator: ResponderNegotiator

    init(
        isDirectTLS: Bool = false, requiresTLS: Bool = false, mechanisms: Set<String>? = nil,
        allowsPlain: Bool = true, registers: Bool = false, attempts: Int = 5, offersSASL2: Bool = false
    ) {
        let hosts: Set = ["acme.example", "home.example"]
        var policy = ResponderPolicy(
            isDirectTLS: isDirectTLS, requiresTLS: requiresTLS, mechanisms: mechanisms,
            allowsPlainWithoutTLS: allowsPlain, allowsRegistration: { _ in registers }, saslAttempts: attempts,
            isHost: { hosts.contains($0) },
            secret: SASLServerSecret(key: [UInt8](repeating: 7, count: 32), iterations: [4096]),
            normaliser: SASLNormaliser(username: { $0.contains(" ") ? nil : $0 }, password: { $0 }))
        policy.offersSASL2 = offersSASL2
        policy.upgrades = [.scramSHA256, .scramSHA512]
        negotiator = ResponderNegotiator(
            policy,
            streamID: { "stream-1" })
    }

    mutating func header(_ to: String? = "acme.example", version: String? = "1.0") -> [String] {
        header(StreamHeader(to: to, from: "alice@acme.example", version: version))
    }

    mutating func header(_ header: StreamHeader) -> [String] {
        negotiator.opened(
            header,
            features: ResponderNegotiator.OwnFeatures { host, isLoggedIn, isSecure in
                [XMLElement("own", "test", ["host": host, "in": isLoggedIn ? "in" : nil, "secure": "\(isSecure)"])]
            }
        ).map(Self.words)
    }

    mutating func receive(_ element: XMLElement) -> [String] {
        negotiator.received(element).map(Self.words)
    }

    mutating func secure(_ bindings: [ChannelBindingType: [UInt8]] = [:]) {
        negotiator.secured(bindings: bindings)
    }

    /// Logs alice in and opens the stream anew.
    mutating func logIn() {
        _ = header()
        _ = receive(Self.plain)
        _ = negotiator.supply(isPasswordRight: true)
        _ = header()
    }

    static func iq(_ payload: XMLElement, type: String = "set") -> XMLElement {
        XMLElement("iq", Namespace.client, ["type": type, "id": "1"]) { payload }
    }

    static func bind(_ resource: String? = "desk") -> XMLElement {
        iq(
            XMLElement("bind", Namespace.bind) {
                if let resource { XMLElement("resource", Namespace.bind, text: resource) }
            })
    }

    static func words(_ action: ResponderNegotiator.Action) -> String {
        switch action {
        case .sendHeader(let header): "header from \(header.from ?? "nobody")"
        case .send(let element): words(element)
        case .sendFeatures(let features): words(features.element)
        case .startTLS: "start TLS"
        case .restart: "restart"
        case .lookUp(let username, let host, let mechanism): "look up \(username)@\(host) for \(mechanism.rawValue)"
        case .verify(let username, let host, let password): "verify \(username)@\(host) \(password)"
        case .authenticated(let jid, let mechanism): "authenticated \(jid) by \(mechanism.rawValue)"
        case .lookUpTokens(let username, let host, let device): "tokens of \(username)@\(host) \(device ?? "-")"
        case .lookUpAccount(let username, let host): "account \(username)@\(host)"
        case .upgrade(let jid, let new, _): "upgrade \(jid) \(new.hash.rawValue)"
        case .establish(let establishment): "establish \(establishment.account)"
        case .authenticationFailed(let failure, _): "failed \(failure.condition.rawValue)"
        case .bind(let account, let resource, let request):
            "bind \(account) \(resource ?? "nothing") \(request.id ?? "")"
        case .register(let request, let host): "register \(request.type) at \(host)"
        case .fail(let error): "error \(error.condition.rawValue)"
        }
    }

    private static func words(_ element: XMLElement) -> String {
        switch element.name {
        case "features":
            let names = element.children.map { child in
                switch child.name {
                case "mechanisms": child.children.map(\.text).joined(separator: ",")
                case "starttls": child.firstChild == nil ? "starttls" : "starttls!"
                case "sasl-channel-binding": child.children.map { $0["type"] ?? "" }.joined(separator: "+")
                case "own": "own(\(child["host"] ?? "") \(child["in"] ?? "-") \(child["secure"] ?? ""))"
                default: child.name
                }
            }
            return "features " + names.joined(separator: " ")
        case "failure" where element.namespace == Namespace.sasl || element.namespace == "urn:xmpp:sasl:2":
            return "failure \(element.firstChild?.name ?? "")"
        default: return element.name
        }
    }
}

extension ResponderNegotiator {
    mutating func supply(credentials: SCRAMCredentials?) -> [Action] {
        supply(credentials: credentials.map { [$0] } ?? [])
    }
}
