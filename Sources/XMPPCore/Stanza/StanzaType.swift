//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The `type` of a stanza (RFC 6121 §4.7.1, §5.2.2; RFC 6120 §8.2.3).
package enum StanzaType: UInt8, Sendable, CaseIterable {
    // message
    case normal
    case chat
    case groupchat
    case headline
    // presence; `available` is the absence of the attribute
    case available
    case unavailable
    case subscribe
    case subscribed
    case unsubscribe
    case unsubscribed
    case probe
    // iq
    case get
    case set
    case result
    // any
    case error

    /// The attribute's value; nil where the attribute is left out.
    package var name: String? {
        switch self {
        case .normal, .available: nil
        case .chat: "chat"
        case .groupchat: "groupchat"
        case .headline: "headline"
        case .unavailable: "unavailable"
        case .subscribe: "subscribe"
        case .subscribed: "subscribed"
        case .unsubscribe: "unsubscribe"
        case .unsubscribed: "unsubscribed"
        case .probe: "probe"
        case .get: "get"
        case .set: "set"
        case .result: "result"
        case .error: "error"
        }
    }

    /// Whether it asks for, or answers, a subscription (RFC 6121 §3).
    package var isSubscription: Bool {
        switch self {
        case .subscribe, .subscribed, .unsubscribe, .unsubscribed: true
        default: false
        }
    }

    /// Reads the attribute's value for a kind of stanza; nil if it is not one of that kind's.
    init?(_ bytes: UnsafeRawBufferPointer?, of kind: Stanza.Kind) {
        guard let bytes else {
            switch kind {
            case .message: self = .normal
            case .presence: self = .available
            case .iq: return nil
            }
            return
        }
        switch kind {
        case .message:
            // RFC 6121 §5.2.2: an unknown type is a normal message.
            self = Self.first(of: [.chat, .groupchat, .error, .headline], bytes) ?? .normal
        case .presence:
            guard
                let type = Self.first(
                    of: [.unavailable, .subscribe, .subscribed, .unsubscribe, .unsubscribed, .probe, .error], bytes)
            else { return nil }
            self = type
        case .iq:
            guard let type = Self.first(of: [.get, .set, .result, .error], bytes) else { return nil }
            self = type
        }
    }

    @inline(__always)
    private static func first(of types: [StanzaType], _ bytes: UnsafeRawBufferPointer) -> StanzaType? {
        for type in types {
            if let name = type.name, bytes.equals(name) { return type }
        }
        return nil
    }
}
