//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage
internal import XMPPXML

/// The hashes of the pictures in all cards, for all loops: presence is not to wait for the store.
final class PhotoBoard: Sendable {
    /// Rows read at a time.
    private static let page = 1000
    /// Cards looked at at a time.
    private static let cards = 50

    /// By bare JID; "" for a card without a picture. Who has no card is not in it.
    private let photos = Mutex<[String: String]>([:])

    subscript(account: String) -> String? { photos.withLock { $0[account] } }

    /// Takes note of a picture; whether it is another one than before.
    func set(_ photo: String, of account: String) -> Bool {
        photos.withLock { $0.updateValue(photo, forKey: account) } != photo
    }

    /// Looks at the cards nobody has looked at, then reads what is known.
    func load(_ server: ServerCore) async throws {
        let store = VCardStore(server.database)
        while true {
            let unknown = try await store.unexamined(limit: Self.cards)
            guard !unknown.isEmpty else { break }
            let hashes = unknown.map { row in
                let card = try? XMLElement(parsing: row.vCard)
                return (account: row.account, photo: card.map { VCardPhoto.hash(of: $0, server) } ?? "")
            }
            try await server.database.write { context in
                for row in hashes { try store.setPhoto(row.photo, of: row.account, in: context) }
            }
        }
        var last = ""
        while true {
            let page = try await store.photos(after: last, limit: Self.page)
            guard let end = page.last else { break }
            photos.withLock { photos in
                for row in page { photos[row.account] = row.photo }
            }
            last = end.account
        }
    }

    /// A presence with what is known of the sender's picture (XEP-0398 §4).
    func rewritten(_ own: Stanza, of account: JID) -> Stanza {
        guard own.type == .available, let photo = self[account.bareString] else { return own }
        let said = own.child("x", VCardUpdate.namespace).flatMap { try? VCardUpdate($0) }
        // A client that says that there is none to be shown is left its will.
        if said == .noPhoto { return own }
        let update: VCardUpdate = photo.isEmpty ? .noPhoto : .photo(photo)
        if said == update { return own }
        let rest = said == nil ? own : own.removingChildren { $0.isNamed("x", VCardUpdate.namespace) }
        return rest.replacing(rest.content.adding(update.element))
    }
}
