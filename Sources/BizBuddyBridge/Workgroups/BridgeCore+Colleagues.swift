//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Telling agents' clients of each other (XEP-0142 §4.2.3) and of who stands in line (§4.2.2).
///
/// The XEP shows presence from the colleague's own address, which a component may not send: it comes from the
/// workgroup, with the colleague as its resource.
extension BridgeCore {
    struct Colleague: Equatable {
        let isOnline: Bool
        let current: Int
        let maximum: Int
    }

    /// People of a line who are shown one by one.
    private static let detailedLine = 25

    /// A client has asked who there is: from now on it is told what changes.
    mutating func showColleagues(to client: JID, of department: DepartmentID, _ turn: inout Turn) {
        colleagueWatchers[department, default: []].insert(client)
        for (agent, colleague) in colleagues(of: department) {
            shownColleagues[department, default: [:]][agent] = colleague
            guard agent.rawValue != client.bareString else { continue }
            turn.send(presence(of: agent, colleague, in: department, to: client))
        }
    }

    mutating func forgetColleagueWatcher(_ client: JID) {
        for department in colleagueWatchers.keys { colleagueWatchers[department]?.remove(client) }
        colleagueWatchers = colleagueWatchers.filter { !$0.value.isEmpty }
    }

    private func colleagues(of department: DepartmentID) -> [(AgentID, Colleague)] {
        (service.configuration[department: department]?.agents ?? []).map { agent in
            let record = service.agents[agent]
            return (
                agent,
                Colleague(
                    isOnline: record?.isOnline == true, current: record?.conversations.count ?? 0,
                    maximum: service.configuration.capacity(of: agent))
            )
        }
    }

    private func presence(
        of agent: AgentID, _ colleague: Colleague, in department: DepartmentID, to client: JID
    ) -> Stanza? {
        guard let workgroup = addresses.workgroup(of: department),
            let from = try? workgroup.with(resource: agent.rawValue)
        else { return nil }
        return Stanza(.presence, colleague.isOnline ? .available : .unavailable, from: from, to: client) {
            Workgroup.AgentStatus(
                maximumChats: colleague.maximum, currentChats: colleague.current, workgroup: workgroup
            ).element
        }
    }

    /// What has changed about colleagues.
    mutating func tellColleagues(_ turn: inout Turn) {
        for (department, clients) in colleagueWatchers.sorted(by: { $0.key < $1.key }) {
            for (agent, colleague) in colleagues(of: department) {
                let before = shownColleagues[department, default: [:]].updateValue(colleague, forKey: agent)
                guard before != colleague else { continue }
                for client in clients.sorted(by: { $0.description < $1.description })
                where client.bareString != agent.rawValue {
                    turn.send(presence(of: agent, colleague, in: department, to: client))
                }
            }
        }
    }

    /// Who stands in line, for clients that speak the protocol.
    func queueDetails(of department: DepartmentID) -> Workgroup.NotifyQueueDetails {
        let line = service.firstInLine(of: department, Self.detailedLine)
        return Workgroup.NotifyQueueDetails(
            users: line.enumerated().compactMap { index, conversation in
                guard let customer = try? JID(conversation.customer.rawValue) else { return nil }
                return .init(
                    customer, position: index, time: service.wait(in: department, place: index + 1),
                    joined: Timestamp(milliseconds: conversation.startedAt.milliseconds))
            })
    }
}
