//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension ValueReader where Value == JID {
    /// A domain: a host, a component.
    static var domain: ValueReader {
        address("domain") { $0.isDomain }
    }

    /// The bare address of an account or a contact.
    static var account: ValueReader {
        address("address (name@domain)") { $0.isBare && !$0.isDomain }
    }

    private static func address(_ what: String, where isRight: @escaping @Sendable (JID) -> Bool) -> ValueReader {
        ValueReader(
            scalar: what, render: { $0.bareString },
            read: { text, path, reading in
                guard let address = try? JID(text) else {
                    reading.report("\"\(text)\" is no valid XMPP address", at: path)
                    return nil
                }
                guard isRight(address) else {
                    reading.report("\"\(text)\" is no \(what)", at: path)
                    return nil
                }
                return address
            })
    }
}

extension ValueReader where Value == AgentReference {
    /// A person's address, or the name of a group of accounts.
    static var agent: ValueReader {
        ValueReader(
            scalar: "address or group", render: { $0.text },
            read: { text, path, reading in
                guard text.contains("@") else { return .group(text) }
                let node = ConfigurationNode(scalar: text, origin: .file(line: 1, column: 1))
                return ValueReader<JID>.account.read(node, path, &reading).map(AgentReference.account)
            })
    }
}

extension ValueReader where Value == LocalizedText {
    /// One text for every language, or a map from language to text.
    static var localizedText: ValueReader {
        ValueReader(
            summary: "text, or map of language to text",
            read: { node, path, reading in
                var text = LocalizedText()
                switch node.content {
                case .scalar(let value) where !value.isEmpty: text.values[""] = value
                case .map(let pairs) where !pairs.isEmpty:
                    for pair in pairs {
                        reading.note(pair.value.origin, at: path + [pair.key])
                        guard case .scalar(let value) = pair.value.content, !value.isEmpty else {
                            reading.report("expected a text", at: path + [pair.key], origin: pair.value.origin)
                            continue
                        }
                        text.values[pair.key.lowercased()] = value
                    }
                default:
                    reading.report(
                        "expected a text or a map of language to text, found \(node.kindName)", at: path,
                        origin: node.origin)
                    return nil
                }
                return text
            },
            render: { $0.values.count == 1 ? $0.values[""].map(ConfigurationText.quoted) : nil },
            changes: { old, new, path in old == new ? [] : [path] })
    }
}
