//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// The priority of an available resource (RFC 6121 §4.7.2.3).
enum PresencePriority {
    /// −128…127, 0 if there is none.
    ///
    /// - Throws: `bad-request` for anything else.
    static func read(_ stanza: Stanza) throws(StanzaError) -> Int {
        guard let element = stanza.child("priority", Namespace.client) else { return 0 }
        let words = element.text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let priority = words.first.flatMap({ Int8($0) }) else {
            throw StanzaError(.badRequest, text: "The priority is not a number from -128 to 127.")
        }
        return Int(priority)
    }
}
