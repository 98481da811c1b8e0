//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What agents' clients are told about their workgroup (XEP-0142 §3.2, §3.3).
struct WorkgroupSummary: Equatable {
    var agents: Workgroup.NotifyAgents
    var queue: Workgroup.NotifyQueue
    /// Who stands in line; nil while no client speaks the protocol.
    var details: Workgroup.NotifyQueueDetails?

    init(of department: DepartmentID, in service: ServiceState) {
        let staff = service.staff(of: department)
        agents = Workgroup.NotifyAgents(
            available: staff.available, currentChats: staff.current, maximumChats: staff.maximum)
        queue = Workgroup.NotifyQueue(
            count: service.lineLength(of: department),
            oldest: service.firstInLine(of: department)
                .map { Timestamp(milliseconds: $0.startedAt.milliseconds) },
            status: service.isServed(department) ? .open : .closed)
    }

    /// One presence for each kind of news, as clients expect them; each also shows the department, for it replaces what
    /// contact lists showed of it.
    func presences(
        from workgroup: JID, to client: JID, status: DepartmentStatus?, _ configuration: ServiceConfiguration
    ) -> [Stanza] {
        let all = [agents.element, queue.element] + (details.map { [$0.element] } ?? [])
        guard let status else {
            return all.map { news in Stanza(.presence, .available, from: workgroup, to: client) { news } }
        }
        var presence = ContactPresence(status, at: workgroup, configuration)
        return all.map { presence.stanza(to: client, language: nil, beside: $0) }
    }
}

extension BridgeCore {
    /// Tells agents' clients what has changed about their workgroups.
    mutating func tellWorkgroups(_ turn: inout Turn) {
        tellColleagues(&turn)
        for department in service.configuration.departments {
            var summary = WorkgroupSummary(of: department.id, in: service)
            if service.hasSpeakers(department.id) {
                summary.details = queueDetails(of: department.id)
            }
            guard summaries.updateValue(summary, forKey: department.id) != summary,
                let workgroup = addresses.workgroup(of: department.id)
            else { continue }
            for agent in department.agents where service.speaks(agent, to: department.id) {
                guard let bare = address(of: agent) else { continue }
                for resource in service.workgroupResources(of: agent, in: department.id) {
                    guard let client = try? bare.with(resource: resource) else { continue }
                    let status = service.published[department.id]?.status
                    for stanza in summary.presences(
                        from: workgroup, to: client, status: status, service.configuration)
                    {
                        turn.send(stanza)
                    }
                }
            }
        }
    }
}
