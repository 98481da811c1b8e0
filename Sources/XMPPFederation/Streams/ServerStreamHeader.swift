//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPXML

extension StreamHeader {
    /// The opening tag of a stream between servers, with the prefix of dialback (XEP-0220 §2.3).
    var serverText: String {
        var text =
            "<?xml version='1.0'?><stream:stream xmlns='\(Namespace.server)' xmlns:stream='\(Namespace.streams)'"
            + " xmlns:db='jabber:server:dialback'"
        for (name, value) in [
            ("id", id), ("from", from), ("to", to), ("version", version), ("xml:lang", language),
        ] {
            guard let value else { continue }
            text += " \(name)='\(Self.escaped(value))'"
        }
        return text + ">"
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        // By scalars: a quote with a combining mark behind it is another character, but still a quote.
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&apos;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The domain in an address of the header; nil if there is none or it is no domain.
    static func domain(_ text: String?) -> JID? {
        guard let text, let jid = try? JID(text), jid.isDomain else { return nil }
        return jid
    }
}
