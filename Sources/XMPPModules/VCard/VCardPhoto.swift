//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer

/// The picture in a card, checked.
struct VCardPhoto {
    /// Bytes of a picture; clients show up to about 100 KB.
    static let maximumBytes = 131_072

    let bytes: [UInt8]

    /// Nil if the card has no picture of its own (it may have the address of one).
    ///
    /// - Throws: `not-acceptable` for what no client could show, or should: no base64, no picture, or one that runs scripts.
    init?(_ card: VCard, _ server: ServerCore) throws(StanzaError) {
        guard let photo = card.photo else { return nil }
        let text = String(decoding: photo.data.utf8.filter { !Self.isSpace($0) }, as: UTF8.self)
        guard !text.isEmpty else { return nil }
        guard let bytes = server.base64Decoded(text) else {
            throw StanzaError(.notAcceptable, text: "The photo is not in base64.")
        }
        guard bytes.count <= Self.maximumBytes else {
            throw StanzaError(.notAcceptable, text: "A photo may have at most \(Self.maximumBytes) bytes.")
        }
        if let type = photo.type, !type.hasPrefix("image/") {
            throw StanzaError(.notAcceptable, text: "A photo is an image.")
        }
        guard Self.isPicture(bytes) else {
            throw StanzaError(.notAcceptable, text: "The photo is none of PNG, JPEG, GIF, WebP, AVIF and BMP.")
        }
        self.bytes = bytes
    }

    /// The hash of the picture in a stored card as presence has it (XEP-0153 §3.1); "" for none, or one that would not
    /// be taken today.
    static func hash(of card: XMLElement, _ server: ServerCore) -> String {
        guard let card = try? VCard(card), let photo = try? VCardPhoto(card, server) else { return "" }
        return photo.hash(server)
    }

    func hash(_ server: ServerCore) -> String {
        server.sha1(bytes).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x9...0xD).contains(byte) }

    /// By the first bytes: what a client says of the type is often wrong, and of no use to anybody.
    private static func isPicture(_ bytes: [UInt8]) -> Bool {
        func begins(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + magic.count && bytes[offset...].starts(with: magic)
        }
        return begins([0x89, 0x50, 0x4E, 0x47]) || begins([0xFF, 0xD8, 0xFF]) || begins(Array("GIF8".utf8))
            || (begins(Array("RIFF".utf8)) && begins(Array("WEBP".utf8), at: 8))
            || begins(Array("ftypavif".utf8), at: 4) || begins(Array("BM".utf8))
    }
}
