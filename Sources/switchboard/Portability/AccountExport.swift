//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPStorage
import XMPPXML

/// Writes accounts in the portable format of XEP-0227, a piece at a time: however much they keep, memory holds a page of it.
struct AccountExport: Sendable {
    /// Where the text goes.
    typealias Sink = (String) throws -> Void

    private let database: XMPPDatabase
    private let configuration: SwitchboardConfiguration

    init(_ configuration: SwitchboardConfiguration, database: XMPPDatabase) {
        self.configuration = configuration
        self.database = database
    }

    /// Writes the accounts of these hosts, or one account only; returns how many.
    func write(hosts: [String], only account: JID? = nil, to sink: Sink) async throws -> Int {
        try sink("<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='\(PortableFormat.namespace)'>\n")
        var count = 0
        for host in hosts {
            try sink("<host jid='\(XMLText.escaped(host))'>\n")
            if let account {
                guard let stored = try await AccountStore(database).account(account.bareString) else {
                    throw CommandFailure("There is no account \(account.bareString).")
                }
                try await write(stored, to: sink)
                count += 1
            } else {
                var last: String?
                repeat {
                    let page = try await AccountStore(database).list(
                        host: host, after: last, limit: PortableFormat.page)
                    for stored in page {
                        try await write(stored, to: sink)
                        count += 1
                    }
                    last = page.last?.account
                } while last != nil
            }
            try sink("</host>\n")
        }
        try sink("</server-data>\n")
        return count
    }

    private func write(_ stored: StoredAccount, to sink: Sink) async throws {
        let account = try JID(stored.account)
        try sink("<user name='\(XMLText.escaped(account.local ?? ""))'>\n")
        func write(_ element: XMLElement) throws { try sink(element.xmlString + "\n") }
        try write(
            XMLElement(
                "account", PortableFormat.account,
                [
                    "created": Timestamp(milliseconds: stored.created).description,
                    "disabled": stored.isDisabled ? "true" : nil,
                ]))
        for credential in try await AccountStore(database).credentials(stored.account) {
            try write(PortableUser.element(credential))
        }
        let roster = try await RosterStore(database).load(stored.account)
        try write(PortableUser.element(roster.items))
        for request in roster.items.compactMap(\.subscribeStanza) {
            try write(try XMLElement(parsing: request))
        }
        if let card = try await VCardStore(database).vCard(of: stored.account) {
            try write(try XMLElement(parsing: card))
        }
        let kept = try await PrivateXMLStore(database, quota: PrivateStorageModule.defaultQuota).all(of: stored.account)
        if !kept.isEmpty {
            let elements = kept.map(\.xml).joined()
            try sink("<query xmlns='\(PrivateStorage.namespace)'>\(elements)</query>\n")
        }
        for element in PortableUser.elements(blocked: try await BlockingStore(database).list(stored.account)) {
            try write(element)
        }
        let preferences = try await ArchiveStore(database).preferences(stored.account)
        if preferences != ArchivePreferences() { try write(PortableUser.element(preferences)) }
        // The archive first: what waits refers to it.
        try await writeArchive(account, to: sink)
        try await writeOffline(account, to: sink)
        try sink("</user>\n")
    }

    private func writeOffline(_ account: JID, to sink: Sink) async throws {
        let store = OfflineStore(database, quota: StorageQuota(stanzas: 0, bytes: 0))
        var last: OfflinePlace?
        var isOpen = false
        while true {
            let page = try await store.load(account.bareString, after: last, limit: PortableFormat.page)
            guard let end = page.last else { break }
            // What has left the archive has nothing to be delivered.
            for row in page where !row.stanza.isEmpty {
                if !isOpen { try sink("<offline-messages>\n") }
                isOpen = true
                let message = try XMLElement(parsing: row.stanza)
                try sink(PortableUser.element(row, message: message, of: account).xmlString + "\n")
            }
            last = end.place
        }
        if isOpen { try sink("</offline-messages>\n") }
    }

    private func writeArchive(_ account: JID, to sink: Sink) async throws {
        var last: ArchiveID?
        while true {
            let page = try await ArchiveStore(database).after(
                account.bareString, last, limit: PortableFormat.page)
            guard let end = page.last else { break }
            if last == nil { try sink("<archive xmlns='\(PortableFormat.archive)'>\n") }
            for entry in page {
                let message = try XMLElement(parsing: entry.stanza)
                try sink(PortableUser.element(entry, message: message).xmlString + "\n")
            }
            last = end.id
        }
        if last != nil { try sink("</archive>\n") }
    }
}

/// Text inside markup that is written by hand.
enum XMLText {
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("'", with: "&apos;")
    }
}
