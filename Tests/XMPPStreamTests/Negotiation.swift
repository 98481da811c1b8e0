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
        allowsPlain: Bool = true, registers: Bool = false, attempts: Int = 5
    ) {
        let hosts: Set = ["acme.example", "home.example"]
        negotiator = ResponderNegotiator(
            ResponderPolicy(
                isDirectTLS: isDirectTLS, requiresTLS: requiresTLS, mechanisms: mechanisms,
                allowsPlainWithoutTLS: allowsPlain, allowsRegistration: { _ in registers }, saslAttempts: attempts,
                isHost: { hosts.contains($0) },
                secret: SASLServerSecret(key: [UInt8](repeating: 7, count: 32), iterations: [4096]),
                normaliser: SASLNormaliser(username: { $0.contains(" ") ? nil : $0 }, password: { $0 })),
            streamID: { "stream-1" })
    }

    mutating func header(_ to: String? = "acme.example", version: String? = "1.0") -> [String] {
        header(StreamHeader(to: to, from: "alice@acme.example", version: version))
    }

    mutating func header(_ header: StreamHeader) -> [String] {
        negotiator.opened(header) { host, account, isSecure in
            [XMLElement("own", "test", ["host": host, "account": account?.description, "secure": "\(isSecure)"])]
        }.map(Self.words)
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
        case .startTLS: "start TLS"
        case .restart: "restart"
        case .lookUp(let username, let host, let mechanism): "look up \(username)@\(host) for \(mechanism.rawValue)"
        case .verify(let username, let host, let password): "verify \(username)@\(host) \(password)"
        case .authenticated(let jid, let mechanism): "authenticated \(jid) by \(mechanism.rawValue)"
        case .authenticationFailed(let failure): "failed \(failure.condition.rawValue)"
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
                case "own": "own(\(child["host"] ?? "") \(child["account"] ?? "-") \(child["secure"] ?? ""))"
                default: child.name
                }
            }
            return "features " + names.joined(separator: " ")
        case "failure" where element.namespace == Namespace.sasl:
            return "failure \(element.firstChild?.name ?? "")"
        default: return element.name
        }
    }
}
