//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// What clients of Fastpath ask beside XEP-0142: conversations of the past, who is in a room, what can be said. Some
/// ask in the XEP's namespace, some in Fastpath's own; they are answered in the one they used.
extension BridgeCore {
    /// Conversations a list has at most.
    private static let listedTranscripts = 50

    /// False if it is none of these.
    mutating func fastpathRequest(_ request: Stanza, _ payload: XMLElement, _ turn: inout Turn) -> Bool {
        guard request.type == .get, let from = request.from else { return false }
        let person = AgentID(from.bareString)
        let names = [
            "transcripts", "transcript", "chat-sessions", "occupants-info", "agent-info", "chat-metadata", "macros",
            "chat-settings",
        ]
        guard names.contains(payload.name) else { return false }
        guard service.configuration.isStaff(person) else {
            turn.send(request.reply(StanzaError(.forbidden)))
            return true
        }
        switch payload.name {
        case "transcripts": transcripts(request, payload, person, &turn)
        case "transcript": transcript(request, payload, person, &turn)
        case "chat-sessions": sessions(request, payload, person, &turn)
        case "occupants-info": occupants(request, payload, person, &turn)
        case "chat-metadata": metadata(request, payload, person, &turn)
        case "macros": turn.send(request.result(macros(payload)))
        case "chat-settings": turn.send(request.result(settings(payload)))
        default:
            let name = String(person.rawValue.prefix { $0 != "@" })
            turn.send(
                request.result(
                    XMLElement("agent-info", payload.namespace) {
                        XMLElement("jid", payload.namespace, text: person.rawValue)
                        XMLElement("name", payload.namespace, text: name)
                    }))
        }
        return true
    }

    /// Whose past somebody may read: a supervisor everybody's, an agent that of customers at hand.
    private func mayRead(_ customer: CustomerAddress, _ person: AgentID) -> Bool {
        if service.configuration.isSupervisor(person) { return true }
        if service.openOffer(of: person)?.customer == customer { return true }
        return service.conversations.values.contains { $0.customer == customer && $0.admits(person) }
    }

    private mutating func transcripts(
        _ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ turn: inout Turn
    ) {
        guard let user = payload["userID"].flatMap({ try? JID($0) }) else {
            return turn.send(request.reply(StanzaError(.badRequest)))
        }
        let customer = CustomerAddress(user.bareString)
        guard mayRead(customer, person) else { return turn.send(request.reply(StanzaError(.forbidden))) }
        turn.archive.append(
            ArchiveRequest(
                query: .customer(customer, limit: Self.listedTranscripts),
                purpose: .transcripts(request, customer: customer)))
    }

    private mutating func transcript(
        _ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ turn: inout Turn
    ) {
        guard let session = payload["sessionID"] else {
            return turn.send(request.reply(StanzaError(.badRequest)))
        }
        let id = ConversationID(session)
        guard let open = service.conversations[id] else {
            turn.archive.append(ArchiveRequest(query: .conversation(id), purpose: .transcript(request, id)))
            return
        }
        turn.send(mayRead(open.customer, person) ? answer(request, with: open) : request.reply(StanzaError(.forbidden)))
    }

    private mutating func sessions(
        _ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ turn: inout Turn
    ) {
        guard let agent = (try? JID(payload["agentJID"] ?? person.rawValue)).map({ AgentID($0.bareString) }) else {
            return turn.send(request.reply(StanzaError(.badRequest)))
        }
        guard agent == person || service.configuration.isSupervisor(person) else {
            return turn.send(request.reply(StanzaError(.forbidden)))
        }
        let wanted = payload["maxSessions"].flatMap { Int($0) } ?? Self.listedTranscripts
        let since = payload["startDate"].flatMap { Int64($0) } ?? 0
        turn.archive.append(
            ArchiveRequest(
                query: .agent(
                    agent, since: Instant(milliseconds: since), limit: max(0, min(wanted, Self.listedTranscripts))),
                purpose: .sessions(request, agent)))
    }

    private func occupants(_ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ turn: inout Turn) {
        let id = payload["roomID"].map { name in ConversationID(String(name.prefix { $0 != "@" })) }
        guard let id, let conversation = service.conversations[id],
            conversation.admits(person) || service.configuration.isSupervisor(person)
        else { return turn.send(request.reply(StanzaError(.itemNotFound))) }
        let namespace = payload.namespace
        let occupants = rooms[id]?.occupants ?? []
        turn.send(
            request.result(
                XMLElement("occupants-info", namespace, ["roomID": id.rawValue]) {
                    occupants.map { occupant in
                        XMLElement("occupant", namespace) {
                            XMLElement("jid", namespace, text: occupant.address.description)
                            XMLElement("nickname", namespace, text: occupant.nick)
                            Self.moment("joined", occupant.since, namespace)
                        }
                    }
                }))
    }

    private func metadata(_ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ turn: inout Turn) {
        // Smack names it in an element.
        let session = payload["sessionID"] ?? payload.child("sessionID", payload.namespace)?.text
        guard let conversation = session.flatMap({ service.conversations[ConversationID($0)] }),
            mayRead(conversation.customer, person)
        else { return turn.send(request.reply(StanzaError(.itemNotFound))) }
        var values: [Workgroup.Metadata.Value] = [
            .init("username", conversation.customerName), .init("userID", conversation.customer.rawValue),
        ]
        if let record = seen(conversation.lookup, by: person).record {
            values.append(.init("customer", record.customerID))
            values += record.fields.filter { !$0.fieldClass.isWithheld }.map { .init($0.label, $0.value) }
        }
        turn.send(
            request.result(
                XMLElement("chat-metadata", payload.namespace, ["sessionID": conversation.id.rawValue]) {
                    Workgroup.Metadata(values).element
                }))
    }

    // MARK: Answers from the archive

    /// The archive has answered; nil if it could not be read.
    mutating func archived(_ request: ArchiveRequest, _ conversations: [Conversation]?, _ turn: inout Turn) {
        guard let conversations else {
            if let stanza = request.purpose.stanza { turn.send(stanza.reply(StanzaError(.internalServerError))) }
            return
        }
        switch request.purpose {
        case .transcripts(let stanza, let customer):
            // Smack asks in the one namespace and reads the answer in the other.
            let namespace = Workgroup.fastpathNamespace
            turn.send(
                stanza.result(
                    XMLElement("transcripts", namespace, ["userID": customer.rawValue]) {
                        conversations.map { Self.summary(of: $0, namespace) }
                    }))
        case .forCustomer(let key, let language): copy(conversations, for: key, language, &turn)
        case .transcript(let stanza, _):
            let person = stanza.from.map { AgentID($0.bareString) } ?? AgentID("")
            guard let conversation = conversations.first else {
                return turn.send(stanza.reply(StanzaError(.itemNotFound)))
            }
            let tookPart = conversation.transcript.contains { $0.author.person == person }
            guard tookPart || mayRead(conversation.customer, person) else {
                return turn.send(stanza.reply(StanzaError(.forbidden)))
            }
            turn.send(answer(stanza, with: conversation))
        case .sessions(let stanza, let agent):
            let namespace = stanza.payload?.namespace ?? Workgroup.fastpathNamespace
            turn.send(
                stanza.result(
                    XMLElement("chat-sessions", namespace, ["agentJID": agent.rawValue]) {
                        conversations.map { Self.session($0, namespace) }
                    }))
        }
    }

    private static func moment(_ name: String, _ moment: Instant, _ namespace: String) -> XMLElement {
        // As in the XEP's presence: 20050208T10:00:00, in UTC.
        let text = Timestamp(milliseconds: moment.milliseconds).description.prefix { $0 != "." && $0 != "Z" }
        return XMLElement(name, namespace, text: text.filter { $0 != "-" })
    }

    private static func summary(of conversation: Conversation, _ namespace: String) -> XMLElement {
        var agents: [AgentID] = []
        for case .agent(let agent) in conversation.transcript.map(\.author) where !agents.contains(agent) {
            agents.append(agent)
        }
        return XMLElement("transcript", namespace, ["sessionID": conversation.id.rawValue]) {
            moment("joinTime", conversation.startedAt, namespace)
            if case .closed(let closing) = conversation.stage { moment("leftTime", closing.at, namespace) }
            XMLElement("agents", namespace) {
                agents.map { agent in
                    let own = conversation.transcript.filter { $0.author == .agent(agent) }
                    return XMLElement("agent", namespace) {
                        XMLElement("agentJID", namespace, text: agent.rawValue)
                        if let first = own.first { moment("joinTime", first.at, namespace) }
                        if let last = own.last { moment("leftTime", last.at, namespace) }
                    }
                }
            }
        }
    }

    private static func session(_ conversation: Conversation, _ namespace: String) -> XMLElement {
        var duration: Int64 = 0
        if case .closed(let closing) = conversation.stage {
            duration = closing.at.milliseconds(since: conversation.startedAt)
        }
        return XMLElement("chat-session", namespace) {
            XMLElement("date", namespace, text: String(conversation.startedAt.milliseconds))
            XMLElement("duration", namespace, text: String(duration))
            XMLElement("visitorsName", namespace, text: conversation.customerName)
            XMLElement("sessionID", namespace, text: conversation.id.rawValue)
            XMLElement("question", namespace, text: conversation.customerTexts.first?.text ?? "")
        }
    }

    /// A conversation as the messages of its room.
    private func answer(_ request: Stanza, with conversation: Conversation) -> Stanza? {
        let namespace = Workgroup.fastpathNamespace
        let room = makeRoom(for: conversation)
        return request.result(
            XMLElement("transcript", namespace, ["sessionID": conversation.id.rawValue]) {
                conversation.transcript.map { entry in
                    room.line(
                        Self.text(of: entry), from: nick(of: entry.author, in: room), to: room.address,
                        id: Self.name(of: entry, in: conversation.id),
                        at: Timestamp(milliseconds: entry.at.milliseconds)
                    ).element
                }
            })
    }
}

extension ArchiveRequest.Purpose {
    /// The request that waits, if one does.
    var stanza: Stanza? {
        switch self {
        case .transcripts(let stanza, _), .transcript(let stanza, _), .sessions(let stanza, _): stanza
        case .forCustomer: nil
        }
    }
}
