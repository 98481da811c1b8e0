//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// Who is being asked about what; several may be asked about the same.
struct OfferKey: Hashable, Sendable {
    let conversation: ConversationID
    let agent: AgentID
}

/// An agent is being asked.
struct OpenOffer {
    let agent: AgentID
    let department: DepartmentID
    let customer: CustomerAddress
    let customerName: String
    /// Clients that got the XEP-0142 dialogue.
    var clients: [JID]
    /// Whether somebody was asked in words.
    var isInWords: Bool
}

/// Offers to agents (XEP-0142 §3.5), as a dialogue or in words.
extension BridgeCore {
    mutating func make(_ offer: Offer, _ turn: inout Turn) {
        let offer = seen(offer)
        guard let agent = address(of: offer.agent), let workgroup = addresses.workgroup(of: offer.department),
            let customer = try? JID(offer.customer.rawValue)
        else { return }
        turn.count(.offers)
        if offer.transfer == nil { tellRouting(offer, &turn) }
        let resources = service.workgroupResources(of: offer.agent, in: offer.department)
        let clients = resources.compactMap { try? agent.with(resource: $0) }
        let others = (service.agents[offer.agent]?.resources.keys.sorted() ?? []).filter { !resources.contains($0) }
            .compactMap { try? agent.with(resource: $0) }
        for client in clients {
            let request = Stanza(.iq, .set, id: freshID(), from: workgroup, to: client) {
                element(of: offer, customer: customer, workgroup: workgroup, turn.now)
            }
            requests.register(
                request, for: .offer(offer.conversation, agent: client),
                deadline: offer.until.milliseconds)
            turn.send(request)
        }
        for target in clients.isEmpty ? [agent] : others {
            turn.sendDurably(
                chat(words(for: offer, turn.now), from: workgroup, to: target, payload: record(offer.lookup)))
        }
        openOffers[OfferKey(conversation: offer.conversation, agent: offer.agent)] = OpenOffer(
            agent: offer.agent, department: offer.department, customer: offer.customer,
            customerName: offer.customerName, clients: clients, isInWords: clients.isEmpty || !others.isEmpty)
    }

    /// A customer's client that counts places learns that none stands before it any more (XEP-0142 §4.1.3); in words nobody is
    /// told, for an offer may come to nothing.
    private mutating func tellRouting(_ offer: Offer, _ turn: inout Turn) {
        let key = CustomerKey(customer: offer.customer, contact: offer.contact)
        guard let client = queueWatchers[key], let from = try? JID(offer.contact.rawValue) else { return }
        turn.send(
            Stanza(.message, .normal, id: freshID(), from: from, to: client) {
                Workgroup.QueueStatus(position: 0).element
            })
    }

    private func words(for offer: Offer, _ now: Instant) -> String {
        let others = service.lineLength(of: offer.department) - 1
        let line = others > 0 ? "\n\(others) more in line." : ""
        return AgentTexts.offer(offer, now: now) + line
    }

    /// The dialogue's offer with what Fastpath's clients show and with the record for those who know it.
    private func element(of offer: Offer, customer: JID, workgroup: JID, _ now: Instant) -> XMLElement {
        var values: [Workgroup.Metadata.Value] = [
            .init("username", offer.customerName), .init("userID", customer.bareString),
            .init("department", offer.departmentName),
        ]
        if let question = offer.question { values.append(.init("question", question)) }
        if let record = offer.lookup.record {
            if !record.customerID.isEmpty { values.append(.init("customer", record.customerID)) }
            values += record.fields.filter { !$0.fieldClass.isWithheld }.map { .init($0.label, $0.value) }
        }
        return Workgroup.Offer(
            customer, id: offer.conversation.rawValue,
            timeout: Int((offer.until.milliseconds(since: now) + 999) / 1000),
            payloads: [
                Workgroup.Metadata(values).element,
                XMLElement(
                    "session", Workgroup.fastpathNamespace,
                    ["id": offer.conversation.rawValue, "workgroup": workgroup.bareString]),
                marker(of: offer),
            ] + (record(offer.lookup).map { [$0] } ?? [])
        ).element
    }

    /// The record as a form; nil while there is none.
    func record(_ lookup: RecordLookup) -> XMLElement? {
        guard let record = lookup.record else { return nil }
        let name =
            record.displayName.isEmpty
            ? [] : [DataForm.Field("name", kind: .textSingle, label: "Name", values: [record.displayName])]
        let fields = record.fields.filter { !$0.fieldClass.isWithheld }.map {
            DataForm.Field($0.key, kind: .textSingle, label: $0.label, values: [$0.value])
        }
        func lines(_ name: String, _ label: String, _ lines: [String]) -> [DataForm.Field] {
            lines.isEmpty ? [] : [DataForm.Field(name, kind: .textMulti, label: label, values: lines)]
        }
        let beside =
            lines("warning", "Careful", record.warnings)
            + lines(
                "candidates", "Could also be", record.candidates.map { "\($0.displayName), customer \($0.customerID)" })
            + lines("history", "Earlier conversations", record.history)
        return BizBuddyRecord(
            customer: record.customerID, source: record.source, match: record.match == .exact ? .exact : .probable,
            form: DataForm(.result, title: record.displayName, fields: name + fields + beside),
            sources: record.reports.map { report in
                switch report.state {
                case .pending: .init(report.source, .pending)
                case .failed(let reason): .init(report.source, .failed, reason: reason)
                case .aged(let seconds): .init(report.source, .found, age: seconds)
                }
            }
        ).element
    }

    /// The record came late: told in words to everybody asked, with the form beside them.
    mutating func update(_ offer: Offer, _ turn: inout Turn) {
        let offer = seen(offer)
        guard let open = openOffers[OfferKey(conversation: offer.conversation, agent: offer.agent)],
            let agent = address(of: offer.agent),
            let workgroup = addresses.workgroup(of: offer.department)
        else { return }
        let text = AgentTexts.update(offer)
        for target in open.isInWords ? [agent] : open.clients {
            turn.sendDurably(chat(text, from: workgroup, to: target, payload: record(offer.lookup)))
        }
    }

    mutating func revoke(
        _ agent: AgentID, _ id: ConversationID, _ customer: CustomerAddress, _ reason: OfferRevocation,
        _ turn: inout Turn
    ) {
        turn.count(.offersRevoked)
        let open = openOffers.removeValue(forKey: OfferKey(conversation: id, agent: agent))
        let name = open?.customerName ?? service.conversations[id]?.customerName ?? customer.rawValue
        let text = AgentTexts.revocation(reason, customerName: name)
        let department = open?.department ?? service.conversations[id]?.department
        revoke(open?.clients ?? [], id, customer, department, text, &turn)
        // After a restart nobody knows any more how the agent had been asked.
        if open?.isInWords ?? true { tell(agent, from: department, text, &turn) }
    }

    /// The offer is taken: other clients of the agent need not show it any longer.
    mutating func settleOffer(
        of id: ConversationID, to agent: AgentID, acceptedBy client: JID?, _ turn: inout Turn
    ) {
        guard let open = openOffers.removeValue(forKey: OfferKey(conversation: id, agent: agent)) else { return }
        revoke(
            open.clients.filter { $0 != client }, id, open.customer, open.department, "Accepted elsewhere.", &turn)
    }

    /// The agent passes the customer on; other clients of the agent need not ask any longer.
    @discardableResult
    mutating func reject(
        _ agent: AgentID, _ id: ConversationID?, from origin: Origin, _ turn: inout Turn
    ) -> AgentRefusal? {
        guard let offered = service.openOffer(of: agent)?.id, id == nil || id == offered else {
            return apply(.rejectOffer(agent: agent, conversation: id), from: origin, &turn)
        }
        if let open = openOffers.removeValue(forKey: OfferKey(conversation: offered, agent: agent)) {
            revoke(
                open.clients.filter { $0 != origin.client }, offered, open.customer, open.department,
                "Rejected elsewhere.", &turn)
        }
        answer(origin, "Passed on.", &turn)
        return apply(.rejectOffer(agent: agent, conversation: offered), from: origin, &turn)
    }

    private mutating func revoke(
        _ clients: [JID], _ id: ConversationID, _ customer: CustomerAddress, _ department: DepartmentID?,
        _ reason: String, _ turn: inout Turn
    ) {
        guard let department, let workgroup = addresses.workgroup(of: department),
            let customer = try? JID(customer.rawValue)
        else { return }
        for client in clients {
            let request = Stanza(.iq, .set, id: freshID(), from: workgroup, to: client) {
                Workgroup.OfferRevoke(customer, id: id.rawValue, reason: reason).element
            }
            requests.register(request, for: .revocation, deadline: turn.now.milliseconds + Self.requestTimeout)
            turn.send(request)
        }
    }

    /// A client that could not be asked: without any left, the agent is asked in words.
    mutating func offerFailed(_ id: ConversationID, client: JID, _ turn: inout Turn) {
        let agent = AgentID(client.bareString)
        let key = OfferKey(conversation: id, agent: agent)
        guard var open = openOffers[key], service.openOffer(of: agent)?.id == id else { return }
        open.clients.removeAll { $0 == client }
        let mustSpeak = open.clients.isEmpty && !open.isInWords
        open.isInWords = open.isInWords || mustSpeak
        openOffers[key] = open
        guard mustSpeak, let described = service.describedOffer(of: agent), let address = address(of: agent),
            let workgroup = addresses.workgroup(of: open.department)
        else { return }
        turn.sendDurably(
            chat(
                words(for: described, turn.now), from: workgroup, to: address, payload: record(described.lookup)))
    }

    /// An agent's answer in the dialogue.
    mutating func answerOffer(_ request: Stanza, isAccepted: Bool, _ turn: inout Turn) {
        guard let from = request.from, let payload = request.payload else { return }
        let customer: JID?
        let name: String?
        do throws(PayloadError) {
            if isAccepted {
                let answer = try Workgroup.OfferAccept(payload)
                (customer, name) = (answer.jid, answer.id)
            } else {
                let answer = try Workgroup.OfferReject(payload)
                (customer, name) = (answer.jid, answer.id)
            }
        } catch {
            return turn.send(request.reply(error.stanzaError))
        }
        let agent = AgentID(from.bareString)
        guard let conversation = service.openOffer(of: agent),
            customer.map({ conversation.customer.rawValue == $0.bareString }) ?? true,
            name.map({ conversation.id.rawValue == $0 }) ?? true
        else {
            let reason: AgentRefusal = service.configuration.isStaff(agent) ? .noOffer : .notAnAgent
            return turn.send(request.reply(Self.error(for: reason)))
        }
        let id = conversation.id
        let mark = turn.outgoing.count
        let refusal =
            isAccepted
            ? apply(.acceptOffer(agent: agent, conversation: id), from: .request(request), &turn)
            : reject(agent, id, from: .request(request), &turn)
        turn.insert(refusal.map { request.reply(Self.error(for: $0)) } ?? request.result(), at: mark)
    }
}
