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

/// Keeps accounts' business cards (XEP-0054 vcard-temp): anybody may read them, the owner may replace his own. The hash of
/// the picture goes with the owner's presence (XEP-0153, XEP-0398).
package struct VCardModule: ServerModule {
    package let id = "vcard"
    package let implements: [Specification] = [
        .xep(54, "1.3.0"), .xep(153, "1.1.1"),
        .xep(398, "1.0.0", note: "hashes in presence; nothing is published by PEP"),
    ]
    private let board = PhotoBoard()

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: VCard.namespace)
        registrar.iq([.get], "vCard", VCard.namespace, at: [.account]) { [board] request, server in
            let owner = request.to.bareString
            let isOwn = request.isOwn
            // XEP-0054 §3.3: no card and no account are answered alike.
            let absent = StanzaError(isOwn ? .itemNotFound : .serviceUnavailable)
            return .wait {
                guard let text = try await VCardStore(server.database).vCard(of: owner) else { throw absent }
                let card = try XMLElement(parsing: text)
                // It may have come into the store from outside.
                if isOwn { Self.show(VCardPhoto.hash(of: card, server), of: request.to, board, server) }
                return card
            }
        }
        registrar.iq([.set], "vCard", VCard.namespace, at: [.account]) { [board] request, server in
            guard request.isOwn else { throw StanzaError(.forbidden, text: "This is somebody else's card.") }
            let card = try VCard(request.payload)
            let owner = request.to.bareString
            let photo = try VCardPhoto(card, server)?.hash(server) ?? ""
            let text = card.isEmpty ? nil : card.element.xmlString
            let limit = server.configuration.limits.vCardBytes
            guard (text?.utf8.count ?? 0) <= limit else {
                throw StanzaError(.notAcceptable, text: "A card may have at most \(limit) bytes.")
            }
            return .wait {
                try await VCardStore(server.database).set(text, photo: photo, of: owner)
                Self.show(photo, of: request.to, board, server)
                return nil
            }
        }
        registrar.presence { [board] own, account, _ in board.rewritten(own, of: account) }
    }

    package func prepare(_ server: ServerCore) async throws { try await board.load(server) }

    /// Takes note of a picture, and lets everybody who sees the account know if it is another one.
    private static func show(_ photo: String, of account: JID, _ board: PhotoBoard, _ server: ServerCore) {
        // Without any picture so far there is nothing to take back.
        if photo.isEmpty, board[account.bareString] == nil { return }
        guard board.set(photo, of: account.bareString), let online = server.accounts.online(account) else { return }
        server.rebroadcastPresence(of: online)
    }
}
