//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage
internal import XMPPXML

/// Keeps accounts' business cards (XEP-0054 vcard-temp): anybody may read them, the owner may replace his own.
package struct VCardModule: ServerModule {
    package let id = "vcard"
    package let implements: [Specification] = [.xep(54, "1.3.0")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: VCard.namespace)
        registrar.iq([.get], "vCard", VCard.namespace, at: [.account]) { request, server in
            let owner = request.to.bareString
            // XEP-0054 §3.3: no card and no account are answered alike.
            let absent = StanzaError(request.isOwn ? .itemNotFound : .serviceUnavailable)
            return .wait {
                guard let text = try await VCardStore(server.database).vCard(of: owner) else { throw absent }
                return try XMLElement(parsing: text)
            }
        }
        registrar.iq([.set], "vCard", VCard.namespace, at: [.account]) { request, server in
            guard request.isOwn else { throw StanzaError(.forbidden, text: "This is somebody else's card.") }
            let card = try VCard(request.payload)
            let owner = request.to.bareString
            guard !card.isEmpty else {
                return .wait {
                    try await VCardStore(server.database).set(nil, of: owner)
                    return nil
                }
            }
            let text = card.element.xmlString
            let limit = server.configuration.limits.vCardBytes
            guard text.utf8.count <= limit else {
                throw StanzaError(.notAcceptable, text: "A card may have at most \(limit) bytes.")
            }
            return .wait {
                try await VCardStore(server.database).set(text, of: owner)
                return nil
            }
        }
    }
}
