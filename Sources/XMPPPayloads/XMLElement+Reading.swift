//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

/// The questions payloads ask of their elements, with the error each wrong answer makes.
extension XMLElement {
    /// Throws unless this is the element named.
    func expect(_ name: String, _ namespace: String) throws(PayloadError) {
        guard isNamed(name, namespace) else { throw PayloadError(name, "expected in namespace \(namespace)") }
    }

    /// The value of an attribute that must be there.
    func required(_ attribute: String) throws(PayloadError) -> String {
        guard let value = self[attribute] else { throw PayloadError(name, "no '\(attribute)'") }
        return value
    }

    /// An attribute that is an address; nil when it is missing.
    func jid(_ attribute: String) throws(PayloadError) -> JID? {
        guard let value = self[attribute] else { return nil }
        return try parsed(value, "'\(attribute)'")
    }

    /// An attribute that must be there and be an address.
    func requiredJID(_ attribute: String) throws(PayloadError) -> JID {
        try parsed(required(attribute), "'\(attribute)'")
    }

    /// The text of this element, which must be an address.
    func textJID() throws(PayloadError) -> JID { try parsed(trimmedText, "text") }

    private func parsed(_ value: String, _ place: String) throws(PayloadError) -> JID {
        do throws(JIDError) {
            return try JID(value)
        } catch {
            throw PayloadError(name, "\(place) is no address (\(error))")
        }
    }

    /// An attribute with a number in it; nil when it is missing.
    func number<Number: FixedWidthInteger>(
        _ attribute: String, in range: ClosedRange<Number>
    ) throws(PayloadError) -> Number? {
        guard let value = self[attribute] else { return nil }
        guard let number = Number(value), range.contains(number) else {
            throw PayloadError(name, "'\(attribute)' is no number in \(range)")
        }
        return number
    }

    /// The number a child holds; nil when there is no such child.
    func childNumber(_ child: String, in range: ClosedRange<Int>) throws(PayloadError) -> Int? {
        guard let text = self.child(child, namespace)?.trimmedText else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw PayloadError(child, "no number in \(range)")
        }
        return number
    }

    /// An attribute of XML Schema's `boolean`: `true`, `1`, `false`, `0`; false when it is missing.
    func boolean(_ attribute: String) throws(PayloadError) -> Bool {
        switch self[attribute] {
        case nil, "false", "0": false
        case "true", "1": true
        default: throw PayloadError(name, "'\(attribute)' is no boolean")
        }
    }

    /// An attribute whose values are enumerated; nil when it is missing.
    func value<Value: RawRepresentable<String>>(
        _ attribute: String, as type: Value.Type = Value.self
    ) throws(PayloadError) -> Value? {
        guard let text = self[attribute] else { return nil }
        guard let value = Value(rawValue: text) else { throw PayloadError(name, "'\(attribute)' has an unknown value") }
        return value
    }

    /// An attribute that is an XEP-0082 DateTime; nil when it is missing.
    func timestamp(_ attribute: String) throws(PayloadError) -> Timestamp? {
        guard let text = self[attribute] else { return nil }
        guard let timestamp = Timestamp(text) else { throw PayloadError(name, "'\(attribute)' is no date and time") }
        return timestamp
    }

    /// The text of a child in the same namespace; nil when there is no such child.
    func childText(_ child: String) -> String? { self.child(child, namespace)?.text }

    /// Whether there is such a child in the same namespace.
    func hasChild(_ child: String) -> Bool { self.child(child, namespace) != nil }

    /// The children of all other namespaces.
    var foreignChildren: [XMLElement] { children.filter { $0.namespace != namespace } }

    /// The text without white space around it.
    var trimmedText: String {
        let text = text
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x9...0xD).contains(byte) }
        let bytes = text.utf8.drop(while: isBlank)
        guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(text[bytes.startIndex...last])
    }
}

extension Bool {
    /// For attributes that are left out when false.
    var attribute: String? { self ? "true" : nil }
}
