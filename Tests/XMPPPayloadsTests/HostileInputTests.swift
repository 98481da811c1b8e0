//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPXML

/// Whatever element a peer sends: a payload reads it or throws, and what it reads it writes and reads again.
@Suite struct HostileInputTests {
    static let types: [any (Payload & Equatable).Type] = [
        DataForm.self, LastActivity.self, DiscoveryInfo.self, DiscoveryItems.self, MUC.Join.self, MUC.History.self,
        MUC.User.self, AdHocCommand.self, VCard.self, Registration.self,
        Preauthentication.self, ChatState.self, SoftwareVersion.self,
        UserActivity.self, EntityCapabilities.self, Workgroup.JoinQueue.self, Workgroup.QueueStatus.self,
        Workgroup.DepartQueue.self, Workgroup.AgentStatus.self, Workgroup.AgentStatusRequest.self,
        Workgroup.NotifyAgents.self, Workgroup.NotifyQueue.self, Workgroup.NotifyQueueDetails.self,
        Workgroup.Offer.self, Workgroup.OfferAccept.self, Workgroup.OfferReject.self, Workgroup.OfferRevoke.self,
        Workgroup.Metadata.self, DeliveryReceipt.self, StreamManagement.Enable.self, StreamManagement.Enabled.self,
        StreamManagement.Acknowledgement.self, StreamManagement.Failed.self, StreamManagement.Resume.self,
        StreamManagement.Resumed.self, Ping.self, EntityTime.self, DelayedDelivery.self, DirectInvitation.self,
        ProcessingHint.self, StanzaID.self, OriginID.self, ResourceBinding.self, SessionEstablishment.self,
        RosterQuery.self, RosterItem.self, CompanyPresenceState.self, Broadcast.Sender.self, Broadcast.Priority.self,
        BizBuddyDepartment.self, BizBuddyRecord.self,
    ]

    static let names = [
        "preauth", "x", "query", "item", "c", "command", "vCard", "active", "activity", "join-queue", "queue-status",
        "depart-queue",
        "agent-status", "agent-status-request", "notify-agents", "notify-queue", "notify-queue-details", "offer",
        "offer-accept", "offer-reject", "offer-revoke", "metadata", "received", "enable", "enabled", "a", "failed",
        "resume", "resumed", "ping", "time", "delay", "store", "stanza-id", "origin-id", "bind", "session", "state",
        "sender", "priority", "department", "record", "history", "field", "value", "option", "status", "invite", "jid",
        "position", "max-chats", "oldest", "user", "agent", "timeout", "tzo", "utc", "name", "version", "eating",
        "text",
    ]
    static let namespaces = [
        DataForm.namespace, LastActivity.namespace, DiscoveryInfo.namespace, DiscoveryItems.namespace, MUC.namespace,
        MUC.userNamespace, AdHocCommand.namespace, VCard.namespace, Preauthentication.namespace, Registration.namespace,
        ChatState.namespace,
        SoftwareVersion.namespace, UserActivity.namespace, EntityCapabilities.namespace, Workgroup.namespace,
        Workgroup.fastpathNamespace, DeliveryReceipt.namespace, StreamManagement.namespace, Ping.namespace,
        EntityTime.namespace, DelayedDelivery.namespace, DirectInvitation.namespace, ProcessingHint.namespace,
        StanzaID.namespace, Namespace.bind, Namespace.session, Namespace.roster, CompanyPresenceState.namespace,
        Broadcast.namespace, BizBuddyDepartment.namespace,
    ]
    static let attributes = [
        "type", "var", "jid", "id", "node", "code", "h", "max", "resume", "stamp", "from", "by", "ver", "hash",
        "seconds", "token",
        "category", "affiliation", "role", "previd", "since", "state", "wait", "match", "customer", "source", "name",
    ]
    static let values = [
        "", "0", "1", "-1", "99999999999999999999", "a@b/c", "@", "form", "result", "submit", "true",
        "2026-11-22T12:00:00Z",
        "open", "exact", "none", "owner", "\u{0}", "\u{FFFF}", "<&>\"'", "\u{1F600}", " 7 ", "get",
    ]

    private struct Generator {
        var state: UInt64

        mutating func pick<Element>(_ list: [Element]) -> Element {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return list[Int(state % UInt64(list.count))]
        }

        mutating func element(depth: Int, namespace: String) -> XMLElement {
            var attributes: [XMLAttribute] = []
            for name in Set((0..<pick([0, 1, 2, 4])).map { _ in pick(HostileInputTests.attributes) }).sorted() {
                attributes.append(XMLAttribute(name: name, namespace: "", value: pick(HostileInputTests.values)))
            }
            var nodes: [XMLNode] = []
            if depth > 0 {
                for _ in 0..<pick([0, 1, 2, 3]) {
                    let inner = pick([namespace, namespace, pick(HostileInputTests.namespaces)])
                    nodes.append(.element(element(depth: depth - 1, namespace: inner)))
                }
            }
            if pick([true, false]) { nodes.append(.text(pick(HostileInputTests.values))) }
            return XMLElement(
                name: pick(HostileInputTests.names), namespace: namespace, attributes: attributes, nodes: nodes)
        }
    }

    @Test func readsOrThrows() throws {
        var generator = Generator(state: 0x5DEE_CE66_D123_4567)
        var read = 0
        for _ in 0..<6000 {
            let element = generator.element(depth: 3, namespace: generator.pick(Self.namespaces))
            for type in Self.types where try isStable(type, element) { read += 1 }
        }
        // Else the generator makes nothing that gets far.
        #expect(read > 50)
    }

    /// Reads, writes and reads; false when it is not such a payload.
    private func isStable<Content: Payload & Equatable>(_ type: Content.Type, _ element: XMLElement) throws -> Bool {
        guard let payload = try? Content(element) else { return false }
        #expect(try Content(payload.element) == payload, "\(type) \(element)")
        return true
    }

    @Test func saysWhatIsWrongWithoutTheText() throws {
        let element = XMLElement("item", Namespace.roster, ["jid": "secret@@secret"])
        let error = #expect(throws: PayloadError.self) { try RosterItem(element) }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.element == "item")
    }
}
