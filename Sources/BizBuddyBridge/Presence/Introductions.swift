//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// Who was given the company's contacts, and whose clients would take them.
struct Introductions {
    /// Clients that are asked at a time what they can do.
    static let maximumOpen = 64
    /// Customers of whom something is remembered until the next start, and clients that were asked.
    static let maximumRemembered = 5000
    /// Contacts in one suggestion: more look like an attack (XEP-0144 §4).
    static let maximumItems = 100

    /// What has happened, by the customer's bare address; kept on disk.
    var made: [String: Set<Introduction>] = [:]
    /// From which client a customer has been heard last.
    private var clients: [String: JID] = [:]
    private var asked: Set<JID> = []
    private var open = 0
    /// Customers with a client that does not take suggestions.
    private var unable: Set<String> = []

    func client(of customer: JID) -> JID? { clients[customer.bareString] }

    func hasAsked(_ client: JID) -> Bool { asked.contains(client) }

    func isUnable(_ customer: String) -> Bool { unable.contains(customer) }

    mutating func heard(_ client: JID) {
        if clients.count >= Self.maximumRemembered, clients[client.bareString] == nil { clients = [:] }
        clients[client.bareString] = client
    }

    /// Whether a client may be asked now; it counts as asked then.
    mutating func ask(_ client: JID) -> Bool {
        guard open < Self.maximumOpen else { return false }
        if asked.count >= Self.maximumRemembered { asked = [] }
        guard asked.insert(client).inserted else { return false }
        open += 1
        return true
    }

    /// A client has answered, or will not any more.
    mutating func answered(_ client: JID, takesSuggestions: Bool) {
        open -= 1
        guard !takesSuggestions else { return }
        if unable.count >= Self.maximumRemembered { unable = [] }
        unable.insert(client.bareString)
    }

    /// What was asked on an earlier stream may be asked again.
    mutating func connected() { asked = [] }

    mutating func forget(_ customer: String) {
        made[customer] = nil
        clients[customer] = nil
        unable.remove(customer)
    }
}
