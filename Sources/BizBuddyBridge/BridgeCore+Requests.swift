//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// Requests and answers to ours.
extension BridgeCore {
    mutating func receiveRequest(_ request: Stanza, _ turn: inout Turn) {
        guard let to = request.to else { return }
        guard request.type == .get || request.type == .set else { return receiveAnswer(request, &turn) }
        guard let payload = request.payload, request.id != nil else {
            return turn.send(request.reply(StanzaError(.badRequest)))
        }
        let addressee = addresses.addressee(to)
        if payload.namespace == Workgroup.namespace || payload.namespace == Workgroup.fastpathNamespace {
            if fastpathRequest(request, payload, &turn) { return }
            return workgroupRequest(request, payload, addressee, &turn)
        }
        if commandRequest(request, payload, addressee, &turn) { return }
        if case .conversation(let id) = addressee { return roomRequest(request, payload, id, &turn) }
        turn.send(discovery(request, payload, addressee))
    }

    private mutating func receiveAnswer(_ answer: Stanza, _ turn: inout Turn) {
        guard let purpose = requests.take(answer) else { return }
        if case .card(let conversation) = purpose {
            let card = answer.type == .result ? Self.record(ofCard: answer.payload) : nil
            turn.cards.append((conversation, card))
            return
        }
        if case .introduction(let contact, let client) = purpose {
            return introduce(client, to: contact, answer, &turn)
        }
        if answer.type == .error {
            let error = answer.child("error", Namespace.client).flatMap { StanzaError($0) }
            failed(purpose, error ?? StanzaError(.undefinedCondition), &turn)
        } else if case .status(let agent, let state, let origin) = purpose {
            statusIsSet(agent, state, answer, origin, &turn)
        }
    }

    /// A request of ours was refused, or nobody answered (`error` is nil).
    mutating func failed(_ purpose: Purpose, _ error: StanzaError?, _ turn: inout Turn) {
        switch purpose {
        case .offer(let conversation, let client):
            // Silence is the offer's own affair: it runs out.
            if error != nil { offerFailed(conversation, client: client, &turn) }
        case .status(let agent, let state, let origin): statusIsNotSet(agent, state, origin, &turn)
        case .card(let conversation): turn.cards.append((conversation, nil))
        case .introduction(let contact, let client): introduce(client, to: contact, nil, &turn)
        case .revocation: return
        }
    }

    // MARK: XEP-0142

    private mutating func workgroupRequest(
        _ request: Stanza, _ payload: XMLElement, _ addressee: Addressee, _ turn: inout Turn
    ) {
        guard let from = request.from else { return }
        let department: DepartmentID
        switch addressee {
        case .contact(let contact):
            guard let first = contact.departments.first else {
                return turn.send(request.reply(StanzaError(.itemNotFound)))
            }
            department = first
        case .workgroup(let id): department = id
        case .conversation, .component, .nobody: return turn.send(request.reply(StanzaError(.itemNotFound)))
        }
        switch (payload.name, request.type) {
        case ("join-queue", .get):
            let form = request.to.map { joinForm(at: $0, language(of: request)) } ?? nil
            turn.send(request.result(Workgroup.JoinQueue(form: form).element))
        case ("join-queue", .set): joinQueue(request, payload, &turn)
        case ("queue-status", .get): turn.send(queueStatus(request, department))
        case ("depart-queue", .set): departQueue(request, payload, &turn)
        case ("offer-accept", .set): answerOffer(request, isAccepted: true, &turn)
        case ("offer-reject", .set): answerOffer(request, isAccepted: false, &turn)
        case ("transfer", .set), ("invite", .set): transferRequest(request, payload, &turn)
        case ("agent-status-request", .get):
            guard isStaff(from, of: department), case .workgroup = addressee else {
                return turn.send(request.reply(StanzaError(.forbidden)))
            }
            let colleagues = (service.configuration[department: department]?.agents ?? [])
                .filter { $0.rawValue != from.bareString }.compactMap { address(of: $0) }
            turn.send(request.result(Workgroup.AgentStatusRequest(agents: colleagues).element))
            showColleagues(to: from, of: department, &turn)
        default: turn.send(request.reply(StanzaError(.featureNotImplemented)))
        }
    }

    private func key(of request: Stanza) -> CustomerKey? {
        guard let from = request.from, let to = request.to else { return nil }
        return CustomerKey(customer: CustomerAddress(from.bareString), contact: ContactAddress(to.bareString))
    }

    /// XEP-0142 §2.2.1
    private mutating func joinQueue(_ request: Stanza, _ payload: XMLElement, _ turn: inout Turn) {
        guard let key = key(of: request), let from = request.from else { return }
        let join: Workgroup.JoinQueue
        do throws(PayloadError) {
            join = try Workgroup.JoinQueue(payload)
        } catch {
            return turn.send(request.reply(error.stanzaError))
        }
        guard service.conversation(of: key.customer, with: key.contact) == nil else {
            return turn.send(request.reply(StanzaError(.conflict)))
        }
        var department: DepartmentID?
        if let to = request.to, let form = joinForm(at: to, nil) {
            // XEP-0142 §4.1.1: who has not filled in the form asks for it first.
            let values = form.field(Self.departmentField)?.options.map(\.value) ?? []
            guard let chosen = chosenDepartment(in: join.form?.element), values.contains(chosen.rawValue) else {
                return turn.send(request.reply(StanzaError(.notAcceptable)))
            }
            department = chosen
        }
        if join.wantsNotifications { queueWatchers[key] = from }
        roomCallers[key] = from
        turn.send(request.result())
        apply(
            .customerJoins(
                customer: key.customer, contact: key.contact, nickname: nil,
                newConversation: ConversationID(freshID()), department: department, language: language(of: request)),
            from: .request(request), &turn)
    }

    /// What somebody who asks speaks.
    private func language(of request: Stanza) -> String? {
        (request.payload?.language ?? request.content.language).map { String($0.prefix(Self.languageLength)) }
    }

    /// What somebody who joins must say; nil where there is nothing to choose.
    private func joinForm(at address: JID, _ language: String?) -> DataForm? {
        let departments = addresses.departments(at: address)
        let texts = service.configuration.catalogue.texts(
            language: language, contact: ContactAddress(address.bareString))
        return departments.count > 1 ? Self.departmentForm(service.menu(of: departments), texts) : nil
    }

    /// XEP-0142 §2.2.3: how many stand before, and how long it may take.
    private func queueStatus(_ request: Stanza, _ department: DepartmentID) -> Stanza? {
        guard let key = key(of: request),
            let conversation = service.conversation(of: key.customer, with: key.contact),
            let place = service.place(of: conversation.id)
        else {
            let texts = service.configuration.catalogue.texts(
                language: language(of: request), contact: request.to.map { ContactAddress($0.bareString) })
            return request.reply(StanzaError(.notAuthorized, text: texts[.notInLine], language: texts.language))
        }
        let position = conversation.offer == nil ? place - 1 : 0
        return request.result(
            Workgroup.QueueStatus(
                position: position, time: service.wait(in: conversation.department, place: place)
            ).element)
    }

    /// XEP-0142 §2.2.2
    private mutating func departQueue(_ request: Stanza, _ payload: XMLElement, _ turn: inout Turn) {
        guard var key = key(of: request), let from = request.from else { return }
        guard let depart = try? Workgroup.DepartQueue(payload) else {
            return turn.send(request.reply(StanzaError(.badRequest)))
        }
        if let jid = depart.jid, jid.bareString != from.bareString {
            // §4.1.2: somebody else's place is for staff to give up.
            guard departments(at: request).contains(where: { isStaff(from, of: $0) }) else {
                return turn.send(request.reply(StanzaError(.notAuthorized)))
            }
            let customer = CustomerAddress(jid.bareString)
            guard let theirs = waiting(customer, at: departments(at: request)) else {
                return turn.send(request.reply(StanzaError(.itemNotFound)))
            }
            key = theirs.key
        }
        guard let conversation = service.conversation(of: key.customer, with: key.contact), conversation.isWaiting
        else { return turn.send(request.reply(StanzaError(.itemNotFound))) }
        // The message that tells of the departure carries `<depart-queue/>`.
        queueWatchers[key] = depart.jid ?? from
        turn.send(request.result())
        apply(.customerLeaves(customer: key.customer, contact: key.contact), from: .request(request), &turn)
    }

    private func departments(at request: Stanza) -> [DepartmentID] {
        request.to.map { addresses.departments(at: $0) } ?? []
    }

    /// The customer's conversation in line for one of these departments.
    private func waiting(_ customer: CustomerAddress, at departments: [DepartmentID]) -> Conversation? {
        service.conversations.values.filter {
            $0.customer == customer && $0.isWaiting && departments.contains($0.department)
        }.min { $0.id < $1.id }
    }

    // MARK: Rooms

    private mutating func roomRequest(
        _ request: Stanza, _ payload: XMLElement, _ id: ConversationID, _ turn: inout Turn
    ) {
        guard let from = request.from, let to = request.to else { return }
        if customerRooms[id]?.clients[from] != nil, let conversation = service.conversations[id] {
            switch (payload.name, payload.namespace, request.type) {
            case ("ping", Ping.namespace, .get): turn.send(request.result())
            case ("query", DiscoveryInfo.namespace, .get) where to.isBare && payload["node"] == nil:
                turn.send(request.result(Disco.room(named: departmentNick(conversation)).element))
            default: turn.send(request.reply(StanzaError(.serviceUnavailable)))
            }
            return
        }
        guard service.configuration.isStaff(AgentID(from.bareString)), let conversation = service.conversations[id]
        else { return turn.send(request.reply(StanzaError(.itemNotFound))) }
        let occupant = rooms[id]?.occupant(at: from)
        switch (payload.name, payload.namespace, request.type) {
        case ("ping", Ping.namespace, .get) where !to.isBare:
            // XEP-0410: pinging oneself tells whether one is still in the room.
            let isInside = occupant?.nick == to.resource
            turn.send(isInside ? request.result() : request.reply(StanzaError(.notAcceptable)))
        case ("ping", Ping.namespace, .get): turn.send(request.result())
        case ("query", DiscoveryInfo.namespace, .get) where to.isBare:
            turn.send(request.result(Disco.room(named: conversation.customerName).element))
        case ("query", DiscoveryItems.namespace, .get) where to.isBare:
            turn.send(request.result(DiscoveryItems().element))
        case (_, MUC.adminNamespace, _), (_, MUC.ownerNamespace, _):
            turn.send(request.reply(StanzaError(.forbidden)))
        default: turn.send(request.reply(StanzaError(.serviceUnavailable)))
        }
    }
}
