//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
    /// Checks what one part says about another, and that nothing is missing for the purpose.
    func checkReferences(for purpose: Purpose, _ reading: inout ConfigurationReading) {
        let servesHosts = purpose == .server || (purpose == .any && !hosts.isEmpty)
        if servesHosts {
            checkServer(&reading)
            checkCompany(&reading)
        }
        if purpose == .bridge || (purpose == .any && !servesHosts) { checkStandaloneBridge(&reading) }
        checkStates(&reading)
        checkContacts(servesHosts: servesHosts, &reading)
        checkDepartments(&reading)
    }

    private func checkServer(_ reading: inout ConfigurationReading) {
        if hosts.isEmpty {
            reading.report("at least one host is needed, such as acme.example", at: ["hosts"])
        }
        if listeners.isEmpty {
            reading.report("at least one listener is needed", at: ["listeners"])
        }
        checkFederation(&reading)
        let needsTLS = listeners.values.contains { $0.kind == .c2s || $0.kind == .c2sTLS || $0.kind.isForServers }
        for host in hosts where needsTLS && host.value.certificate == nil && tls.certificate == nil {
            reading.report(
                "no certificate: give certificate and key here, or tls.certificate and tls.key for all hosts",
                at: ["hosts", host.name])
        }
        var taken: [String: String] = [:]
        for listener in listeners where listener.value.port != 0 {
            let place = "\(listener.value.address) port \(listener.value.port)"
            if let other = taken.updateValue(listener.name, forKey: place) {
                reading.report("\(place) is taken by listeners.\(other)", at: ["listeners", listener.name, "port"])
            }
        }
        var domains = Set(hosts.names)
        for component in components.names where !domains.insert(component).inserted {
            reading.report("this domain is a host already", at: ["components", component])
        }
        if let bridge, let domain = bridge.domain, hosts[domain.bareString] != nil {
            reading.report("this domain is a host already", at: ["bridge", "domain"])
        }
        if let bridge, bridge.inProcess, !listeners.values.contains(where: { $0.kind == .component }) {
            reading.report("the bridge connects to a listener of type component, and there is none", at: ["listeners"])
        }
        if let bridge, let domain = bridge.domain, let own = bridge.secret,
            let theirs = components[domain.bareString]?.secret, own != theirs
        {
            reading.report("differs from the secret of components.\(domain)", at: ["bridge", "secret"])
        }
    }

    private func checkCompany(_ reading: inout ConfigurationReading) {
        let hostNames = hosts.names
        func checkHost(_ domain: String, _ path: [String], _ reading: inout ConfigurationReading) {
            guard !hostNames.contains(domain) else { return }
            reading.report(
                "\(domain) is no host of this server", at: path,
                suggestion: Spelling.nearest(to: domain, among: hostNames))
        }
        for group in groups {
            for (index, account) in group.value.accounts.enumerated() {
                checkHost(account.domain, ["groups", group.name, "accounts", String(index + 1)], &reading)
            }
            for (index, host) in group.value.hosts.enumerated() {
                checkHost(host.domain, ["groups", group.name, "hosts", String(index + 1)], &reading)
            }
        }
        for (key, accounts) in [("admins", roles.admins), ("broadcast", roles.broadcast), ("invite", roles.invite)] {
            for (index, account) in accounts.enumerated() {
                checkHost(account.domain, ["roles", key, String(index + 1)], &reading)
            }
        }
        for host in hosts {
            for (index, account) in host.value.administrators.enumerated() {
                checkHost(account.domain, ["hosts", host.name, "administrators", String(index + 1)], &reading)
            }
        }
        for account in initialAccounts {
            checkHost(account.value.address.domain, ["initial_accounts", account.name], &reading)
        }
        if let host = broadcast.host {
            let path = ["broadcast", "host"]
            if hostNames.contains(host.domain) || components[host.domain] != nil {
                reading.report("\(host.domain) is a host or a component already; choose a domain of its own", at: path)
            } else if !hostNames.contains(where: { host.domain.hasSuffix("." + $0) }) {
                reading.report("\(host.domain) does not lie below any host", at: path)
            }
        }
    }

    private func checkStandaloneBridge(_ reading: inout ConfigurationReading) {
        guard let bridge else {
            reading.report("this section is required to run the bridge", at: ["bridge"])
            return
        }
        guard let domain = bridge.domain else { return }
        if bridge.secret == nil, components[domain.bareString]?.secret == nil {
            reading.checkSecret(nil, "secret", in: ["bridge"], isRequired: true)
        }
    }

    /// Plain presence is mapped to these (see the company presence states).
    private static let statesInUse = ["available", "busy", "away"]

    private func checkStates(_ reading: inout ConfigurationReading) {
        for id in Self.statesInUse where presenceStates[id] == nil {
            reading.report(
                "the state \"\(id)\" is missing; plain presence is mapped to available, busy and away",
                at: ["presence_states"])
        }
        if let available = presenceStates["available"], available.show != .none {
            reading.report(
                "must be none, as available is plain presence", at: ["presence_states", "available", "show"])
        }
        var owners: [String: String] = [:]
        for state in presenceStates {
            for label in state.value.labels.values.sorted(by: { $0.key < $1.key }) {
                let folded = label.value.lowercased()
                if let owner = owners[folded], owner != state.name {
                    reading.report(
                        "the label \"\(label.value)\" belongs to presence_states.\(owner) already",
                        at: ["presence_states", state.name, "label"])
                }
                owners[folded] = state.name
            }
        }
    }

    private func checkContacts(servesHosts: Bool, _ reading: inout ConfigurationReading) {
        let departments = bridge?.departments.names ?? []
        for contact in contacts {
            let path = ["contacts", contact.name]
            let domain = contact.value.address.domain
            if servesHosts, hosts[domain] == nil {
                reading.report(
                    "\(domain) is no host of this server", at: path,
                    suggestion: Spelling.nearest(to: domain, among: hosts.names))
            } else if !servesHosts, let own = bridge?.domain, domain != own.domain {
                reading.report("a bridge in front of another server can only have contacts at \(own.domain)", at: path)
            }
            if initialAccounts[contact.name] != nil {
                reading.report("this address is an account already", at: path)
            }
            for (index, department) in contact.value.departments.enumerated() where !departments.contains(department) {
                reading.report(
                    "there is no department \"\(department)\" in bridge.departments",
                    at: path + ["departments", String(index + 1)],
                    suggestion: Spelling.nearest(to: department, among: departments))
            }
            for (index, group) in contact.value.rosterGroups.enumerated() where servesHosts && groups[group] == nil {
                reading.report(
                    "there is no group \"\(group)\" in groups", at: path + ["roster_groups", String(index + 1)],
                    suggestion: Spelling.nearest(to: group, among: groups.names))
            }
        }
    }

    private func checkDepartments(_ reading: inout ConfigurationReading) {
        let names = bridge?.departments.names ?? []
        for department in bridge?.departments ?? [:] {
            let place = ["bridge", "departments", department.name]
            checkAgents(department.value.agents, at: place + ["agents"], &reading)
            let others =
                department.value.overflow.names.map { ($0, place + ["overflow", $0]) }
                + (department.value.otherDepartment.map { [($0, place + ["when_closed_department"])] } ?? [])
            for (other, path) in others {
                if other == department.name {
                    reading.report("a department cannot help itself out", at: path)
                } else if !names.contains(other) {
                    reading.report(
                        "there is no department \"\(other)\" in bridge.departments", at: path,
                        suggestion: Spelling.nearest(to: other, among: names))
                }
            }
        }
        checkAgents(bridge?.supervisors ?? [], at: ["bridge", "supervisors"], &reading)
        let known = Set((bridge?.agentSkills.values ?? []).flatMap(\.skills)).sorted()
        for contact in contacts {
            for (index, skill) in contact.value.skills.enumerated() where !known.contains(skill) {
                reading.report(
                    "no agent has the skill \"\(skill)\" in bridge.agent_skills",
                    at: ["contacts", contact.name, "skills", String(index + 1)],
                    suggestion: Spelling.nearest(to: skill, among: known))
            }
        }
    }

    private func checkAgents(
        _ people: [AgentReference], at path: [String], _ reading: inout ConfigurationReading
    ) {
        for (index, agent) in people.enumerated() {
            guard case .group(let name) = agent else { continue }
            let place = path + [String(index + 1)]
            if groups[name] == nil {
                reading.report(
                    "there is no group \"\(name)\" in groups, and an address has an \"@\"", at: place,
                    suggestion: Spelling.nearest(to: name, among: groups.names))
            } else if groups[name]?.hosts.isEmpty == false {
                reading.report(
                    "the group \"\(name)\" takes in whole hosts; agents must be named one by one", at: place)
            }
        }
    }
}
