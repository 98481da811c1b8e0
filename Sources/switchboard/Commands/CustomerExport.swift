//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import FoundationEssentials
import XMPPCore
import XMPPTLS

/// Everything that is kept of a customer, from all addresses that are the customer's.
struct CustomerExport: Codable, Equatable {
    let addresses: [String]
    let person: CustomerBook.Person?
    let records: [CustomerRecord]
    /// Closed ones, latest first.
    let conversations: [Conversation]
}

extension CustomerAdministration {
    /// Conversations of one address in an export.
    private static let conversations = 100_000

    /// Gathers what is kept of a customer, and writes down that it was done.
    static func export(_ text: String, _ configuration: SwitchboardConfiguration) async throws -> CustomerExport {
        guard let bridge = configuration.bridge else {
            throw CommandFailure("The configuration has no section \"bridge\".")
        }
        guard let key = canonical(text),
            let address = CanonicalAddress(key) ?? CanonicalAddress("xmpp:\(key)")
        else { throw CommandFailure("\"\(text)\" is no address.") }
        let files = FileManager.default
        var addresses = [address]
        var person: CustomerBook.Person?
        if let path = bridge.privacy.people, files.fileExists(atPath: path) {
            let book = try CustomerBook(path: path) { "p-\(SecureRandom.hexToken(bytes: 12))" }
            addresses = try await book.addresses(with: address)
            person = try await book.person(at: address)
            try book.close()
        }
        var records: [CustomerRecord] = []
        if let path = bridge.records.embedded, files.fileExists(atPath: path) {
            let directory = try CustomerDirectory(path: path)
            for address in addresses {
                if let record = try await directory.lookup(address.key) { records.append(record) }
            }
            try directory.close()
        }
        var conversations: [Conversation] = []
        if files.fileExists(atPath: bridge.storage) {
            let store = try ServiceStore(path: bridge.storage)
            for address in addresses where address.scheme == "xmpp" {
                conversations += try await store.archived(
                    customer: CustomerAddress(address.value), limit: Self.conversations)
            }
            try store.close()
        }
        let audit = try AuditLog(path: bridge.privacy.audit, digest: AuditLog.digest)
        try audit.append(
            actor: "console", action: "export", subject: person?.id ?? "unknown",
            detail: "\(conversations.count) conversations", at: Timestamp.now().milliseconds)
        try audit.close()
        return CustomerExport(
            addresses: addresses.map(\.description), person: person, records: records, conversations: conversations)
    }

    static func json(_ export: CustomerExport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(export), as: UTF8.self)
    }
}
