//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// For which pairs of domains a stream has been proven, and whether a stanza may come by it (RFC 6120 §8.1.2.2).
struct ProvenPairs: Sendable {
    /// Pairs of one stream: more would be an attack on memory.
    static let maximum = 64

    private(set) var pairs: Set<DomainPair> = []

    var isEmpty: Bool { pairs.isEmpty }

    func contains(_ pair: DomainPair) -> Bool { pairs.contains(pair) }

    /// False if there are too many.
    mutating func insert(_ pair: DomainPair) -> Bool {
        guard pairs.count < Self.maximum || pairs.contains(pair) else { return false }
        pairs.insert(pair)
        return true
    }

    /// Reads a stanza that has come.
    ///
    /// - Throws: what ends the stream, if the stanza may not come by it.
    func stanza(_ element: XMLElement) throws(StreamError) -> Stanza {
        guard !pairs.isEmpty else { throw StreamError(.notAuthorized) }
        let stanza: Stanza
        do throws(StanzaError) {
            stanza = try Stanza(element)
        } catch {
            throw StreamError(error.condition == .jidMalformed ? .improperAddressing : .invalidXml, text: error.text)
        }
        guard let from = stanza.from, let to = stanza.to else {
            throw StreamError(.improperAddressing, text: "A stanza between servers needs both addresses.")
        }
        if pairs.contains(DomainPair(local: to.domain, remote: from.domain)) { return stanza }
        guard pairs.contains(where: { $0.remote == from.domain }) else {
            throw StreamError(.invalidFrom, text: "The domain \(from.domain) has not been proven on this stream.")
        }
        throw StreamError(.hostUnknown, text: "This stream has not been opened to \(to.domain).")
    }
}
