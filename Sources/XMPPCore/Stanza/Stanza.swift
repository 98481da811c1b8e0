//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A message, presence or iq (RFC 6120 §8), with its addressing read once.
///
/// Its element is never changed: another `from` or `to` is kept beside it and written in place of the element's own.
package struct Stanza: Sendable {
    package enum Kind: UInt8, Sendable, CaseIterable {
        case message
        case presence
        case iq

        package var name: String {
            switch self {
            case .message: "message"
            case .presence: "presence"
            case .iq: "iq"
            }
        }
    }

    package let kind: Kind
    package let type: StanzaType
    /// The element as it was received or made; its own addresses may be out of date.
    package let content: XMLElement
    package var from: JID? { didSet { fromIsOwn = false } }
    package var to: JID? { didSet { toIsOwn = false } }
    private var fromIsOwn = true
    private var toIsOwn = true

    /// Reads the addressing of a received element.
    ///
    /// - Throws: `jid-malformed` for an address that is none (RFC 6120 §8.1), `bad-request` for an unknown type
    ///   (RFC 6120 §8.2.3), `unsupported-stanza-type` is the stream's to say.
    package init(_ element: XMLElement) throws(StanzaError) {
        guard let kind = Self.kind(of: element) else {
            throw StanzaError(.badRequest, text: "Neither message nor presence nor iq.")
        }
        let from = try Self.address(.from, of: element)
        let to = try Self.address(.to, of: element)
        try self.init(element, kind: kind, from: from, to: to)
    }

    /// Reads a received element whose addresses are known already.
    package init(_ element: XMLElement, kind: Kind, from: JID?, to: JID?) throws(StanzaError) {
        let type = element.withAttribute(.type) { StanzaType($0, of: kind) } ?? StanzaType(nil, of: kind)
        guard let type else { throw StanzaError(.badRequest, text: "Unknown type of stanza.") }
        self.kind = kind
        self.type = type
        self.content = element
        self.from = from
        self.to = to
    }

    /// Which kind of stanza the element is; nil if it is none.
    package static func kind(of element: XMLElement) -> Kind? {
        guard element.namespaceToken == .clientNamespace else { return nil }
        return switch element.nameToken {
        case .message: .message
        case .presence: .presence
        case .iq: .iq
        default: nil
        }
    }

    /// The address in an attribute; nil if there is none.
    package static func address(_ attribute: XMLToken, of element: XMLElement) throws(StanzaError) -> JID? {
        let result: Result<JID, JIDError>? = element.withAttribute(attribute) { bytes in
            do throws(JIDError) {
                return .success(try JID(utf8: bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .none: return nil
        case .success(let jid): return jid
        case .failure: throw StanzaError(.jidMalformed, text: "The \(attribute.string) address is not a JID.")
        }
    }

    package var id: String? { content["id"] }

    /// The first child: what an iq asks or answers.
    package var payload: XMLElement? { content.firstChild }

    package func child(_ name: String, _ namespace: String) -> XMLElement? { content.child(name, namespace) }

    /// The element with the addresses that hold now.
    package var element: XMLElement {
        var element = content
        if !fromIsOwn { element = element.with(attribute: "from", from?.description) }
        if !toIsOwn { element = element.with(attribute: "to", to?.description) }
        return element
    }

    /// This stanza with what its words are written in (RFC 6120 §8.1.5); as it is if that is nil.
    package func speaking(_ language: String?) -> Stanza {
        guard let language else { return self }
        return Stanza(self, content: content.with(language: language))
    }

    private init(_ other: Stanza, content: XMLElement) {
        kind = other.kind
        type = other.type
        self.content = content
        from = other.from
        to = other.to
        fromIsOwn = other.fromIsOwn
        toIsOwn = other.toIsOwn
    }

    /// What writes this stanza with the addresses that hold now.
    package func serializer(inherited: XMLToken = .clientNamespace) -> XMLSerializer {
        XMLSerializer(
            inherited: inherited,
            from: fromIsOwn ? .own : from.map { .jid($0) } ?? .none,
            to: toIsOwn ? .own : to.map { .jid($0) } ?? .none)
    }

    /// The stanza as UTF-8 XML text that stands alone: what is stored.
    package var xmlBytes: [UInt8] {
        let serializer = serializer(inherited: .empty)
        let bound = serializer.bound(of: content)
        return [UInt8](unsafeUninitializedCapacity: bound) { memory, count in
            count = serializer.write(content, into: UnsafeMutableRawBufferPointer(memory))
        }
    }
}

extension Stanza {
    /// A stanza of our own.
    package init(
        _ kind: Kind, _ type: StanzaType, id: String? = nil, from: JID? = nil, to: JID? = nil,
        @XMLBuilder _ content: () -> [XMLNode] = { [] }
    ) {
        self.kind = kind
        self.type = type
        self.content = XMLElement(
            kind.name, Namespace.client,
            ["type": type.name, "id": id, "from": from?.description, "to": to?.description], content)
        self.from = from
        self.to = to
    }

    /// The answer to an iq: addresses exchanged, the same id (RFC 6120 §8.2.3).
    package func result(_ payload: XMLElement? = nil) -> Stanza {
        Stanza(.iq, .result, id: id, from: to, to: from) { payload }
    }

    /// The error that answers this stanza (RFC 6120 §8.3.1); nil if it is an error or the answer to an iq itself,
    /// which are never answered. The payload is not sent back.
    package func reply(_ error: StanzaError) -> Stanza? {
        switch type {
        case .error, .result: nil
        default: Stanza(kind, .error, id: id, from: to, to: from) { error.element }
        }
    }
}
