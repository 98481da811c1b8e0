//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A short name for what a client can do, in its presence (XEP-0115 Entity Capabilities).
package struct EntityCapabilities: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/caps"

    /// The software, as a URI.
    package var node: String
    /// The verification string, or in the legacy format a version.
    package var verification: String
    /// The name of the hash function; nil in the legacy format (XEP-0115 §11).
    package var hash: String?

    package init(node: String, verification: String, hash: String? = "sha-1") {
        self.node = node
        self.verification = verification
        self.hash = hash
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("c", Self.namespace)
        self.init(
            node: try element.required("node"), verification: try element.required("ver"), hash: element["hash"])
    }

    package var element: XMLElement {
        XMLElement("c", Self.namespace, ["hash": hash, "node": node, "ver": verification])
    }

    /// The node to ask what this stands for (XEP-0115 §6.2).
    package var discoveryNode: String { "\(node)#\(verification)" }

    /// Base64 of the hashed ``verificationInput(of:)`` (XEP-0115 §5.1).
    package static func verificationString(of info: DiscoveryInfo, hash: ([UInt8]) -> [UInt8]) -> String {
        base64(hash(verificationInput(of: info)))
    }

    /// The string S of XEP-0115 §5.1. All sorting is by octet.
    package static func verificationInput(of info: DiscoveryInfo) -> [UInt8] {
        var parts: [String] = []
        let identities = info.identities.sorted { left, right in
            precedes(
                (left.category, left.type, left.language ?? ""), (right.category, right.type, right.language ?? ""))
        }
        for identity in identities {
            let (language, name) = (identity.language ?? "", identity.name ?? "")
            parts.append("\(identity.category)/\(identity.type)/\(language)/\(name)")
        }
        parts += info.features.sortedByOctet
        let forms = info.forms.compactMap { form in significantType(of: form).map { (type: $0, form: form) } }
        for (type, form) in forms.sorted(by: { octetsPrecede($0.type, $1.type) }) {
            parts.append(type)
            let fields = form.fields.filter { $0.name != DataForm.formTypeField }
            for field in fields.sorted(by: { octetsPrecede($0.name ?? "", $1.name ?? "") }) {
                parts.append(field.name ?? "")
                parts += field.values.sortedByOctet
            }
        }
        return parts.flatMap { Array($0.utf8) + [UInt8(ascii: "<")] }
    }

    /// Whether an answer may be trusted to stand for a verification string at all (XEP-0115 §5.4, step 3).
    package static func isWellFormed(_ info: DiscoveryInfo) -> Bool {
        let identities = info.identities.map { [$0.category, $0.type, $0.language ?? ""] }
        guard Set(identities).count == identities.count, Set(info.features).count == info.features.count else {
            return false
        }
        let types = info.forms.compactMap { significantType(of: $0) }
        guard Set(types).count == types.count else { return false }
        return info.forms.allSatisfy { Set($0.values(DataForm.formTypeField)).count <= 1 }
    }

    /// The `FORM_TYPE` of a form that counts: one whose field is hidden (XEP-0115 §5.4, step 3.6).
    private static func significantType(of form: DataForm) -> String? {
        guard let field = form.field(DataForm.formTypeField), field.kind == .hidden else { return nil }
        return field.values.first
    }

    /// RFC 4648 §4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            var word: UInt32 = 0
            for index in 0..<3 { word = word << 8 | (index < group.count ? UInt32(group[index]) : 0) }
            for index in 0..<4 {
                let letter = alphabet[Int(word >> UInt32(18 - 6 * index) & 63)]
                text.append(index <= group.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The collation i;octet (RFC 4790 §9.3).
private func octetsPrecede(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}

extension [String] {
    fileprivate var sortedByOctet: [String] { sorted(by: octetsPrecede) }
}

/// Three strings that are compared one after the other.
private typealias IdentityKey = (String, String, String)

extension EntityCapabilities {
    fileprivate static func precedes(_ left: IdentityKey, _ right: IdentityKey) -> Bool {
        if !left.0.utf8.elementsEqual(right.0.utf8) { return octetsPrecede(left.0, right.0) }
        if !left.1.utf8.elementsEqual(right.1.utf8) { return octetsPrecede(left.1, right.1) }
        return octetsPrecede(left.2, right.2)
    }
}
