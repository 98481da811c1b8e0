//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore
import XMPPPayloads

/// Passing customers on, and seeing who could take them.
extension BridgeCore {
    /// Whom an agent means: a department by its name or id, an agent by address or what stands before the `@`.
    func target(named name: String) -> TransferTarget? {
        let word = name.lowercased()
        let departments = service.configuration.departments
        if let department = departments.first(where: { $0.id.rawValue.lowercased() == word })
            ?? departments.first(where: { $0.name.lowercased() == word })
        {
            return .department(department.id)
        }
        return person(named: name).map { .agent($0) }
    }

    /// `/transfer` from a client that knows Fastpath.
    mutating func transferRequest(_ request: Stanza, _ payload: XMLElement, _ turn: inout Turn) {
        guard let from = request.from else { return }
        let transfer: Workgroup.Transfer
        do throws(PayloadError) {
            transfer = try Workgroup.Transfer(payload)
        } catch {
            return turn.send(request.reply(error.stanzaError))
        }
        guard let invitee = transfer.invitee else { return turn.send(request.reply(StanzaError(.badRequest))) }
        let target: TransferTarget?
        switch (transfer.kind, addresses.addressee(invitee)) {
        case (.user, _): target = .agent(AgentID(invitee.bareString))
        case (_, .workgroup(let department)): target = .department(department)
        case (_, .contact(let contact)): target = contact.departments.first.map { .department($0) }
        case (_, .component), (_, .conversation), (_, .nobody): target = nil
        }
        guard let target else { return turn.send(request.reply(StanzaError(.itemNotFound))) }
        let mark = turn.outgoing.count
        let person = AgentID(from.bareString)
        let id = ConversationID(transfer.session)
        let command: Command
        if case .agent(let colleague) = target, transfer.act == .invite {
            command = .invite(
                agent: person, conversation: id, colleague: colleague, part: .guest, reason: transfer.reason)
        } else {
            command = .transfer(agent: person, conversation: id, to: target, reason: transfer.reason)
        }
        let refusal = apply(command, from: .request(request), &turn)
        turn.insert(refusal.map { request.reply(Self.error(for: $0)) } ?? request.result(), at: mark)
    }

    /// What Fastpath's clients show of a customer who comes from a line, or from a colleague.
    func marker(of offer: Offer) -> XMLElement {
        guard let transfer = offer.transfer else { return XMLElement("user-request", Workgroup.fastpathNamespace) }
        return Workgroup.Transfer(
            .user, session: offer.conversation.rawValue, invitee: address(of: offer.agent),
            inviter: address(of: transfer.from), room: addresses.room(of: offer.conversation), reason: transfer.reason
        ).element
    }
}
