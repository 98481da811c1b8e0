//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPStorage

extension ModulesConfiguration {
    /// The part of the file that the features need.
    init(_ file: SwitchboardConfiguration) {
        let groups = file.groups.map {
            AccountGroup(
                $0.name, label: $0.value.label, accounts: $0.value.accounts,
                hosts: Set($0.value.hosts.map(\.bareString)))
        }
        let departments = (file.bridge?.departments ?? [:]).map {
            AccountGroup($0.name, label: $0.value.name, accounts: file.agents(of: $0.value))
        }
        var components = Set(file.components.filter { $0.value.setsPresenceStates }.map(\.name))
        if let bridge = file.bridge?.domain { components.insert(bridge.bareString) }
        self.init(
            software: SoftwareConfiguration(version: Switchboard.version),
            registration: RegistrationPolicy(
                allowsPasswordChange: file.registration.allowsPasswordChange,
                allowsRemoval: file.registration.allowsRemoval, requiresTLS: file.registration.requiresTLS,
                asksForPassword: file.registration.asksForPassword),
            presence: PresenceCatalogue(file.presenceStates.map { PresenceCatalogue.State($0) }),
            presenceComponents: components,
            groups: groups,
            announcements: Self.announcements(file, groups: groups + departments),
            contacts: Self.contacts(file, groups: groups, departments: departments))
        invitations = InvitationPolicy(
            isEnabled: file.invitations.isEnabled, inviters: Set(file.roles.admins + file.roles.invite),
            isOpenToAll: file.invitations.isOpenToAll)
        contactAddresses = Dictionary(
            file.hosts.map { ($0.name, ContactAddresses($0.value.contactAddresses)) }
        ) { first, _ in first }
        externalServices = file.externalServices.values.map { ExternalService($0) }
        administrators = Dictionary(
            file.hosts.names.map { ($0, Self.administrators(of: $0, file)) }
        ) { first, _ in first }
        privateStorage.bytes = file.limits.privateStorageBytes
        push = PushConfiguration(
            includesSender: file.push.includesSender, includesBody: file.push.includesBody,
            devicesPerAccount: file.push.devicesPerAccount, patience: Int(file.push.timeout.components.seconds))
        confidential = file.bridge.map { bridge in
            let redactor = Redactor(bridge.privacy)
            return ConfidentialMessages(
                redact: { text in redactor.redact(text).map { ($0.text, $0.names) } },
                answer: { text in
                    if case .answer(let answer)? = CustomerRequest(text) { answer } else { nil }
                })
        }
        offlineDays = file.limits.offlineDays > 0 ? file.limits.offlineDays : nil
    }

    /// Those of the host, and those of everything.
    private static func administrators(of host: String, _ file: SwitchboardConfiguration) -> Set<JID> {
        Set(file.roles.admins).union(file.hosts[host]?.administrators ?? [])
    }

    /// Broadcasts go to the people of the host whose subdomain the broadcast addresses are, else of the first host.
    private static func announcements(
        _ file: SwitchboardConfiguration, groups: [AccountGroup]
    ) -> AnnouncementsConfiguration? {
        guard let domain = file.broadcast.host,
            let host = file.hosts.names.first(where: { domain.bareString.hasSuffix("." + $0) })
                ?? file.hosts.names.first
        else { return nil }
        return AnnouncementsConfiguration(
            domain: domain, host: host,
            senders: Set(file.roles.broadcast).union(administrators(of: host, file)), groups: groups)
    }

    /// Contacts that are addresses of a host here: the members of their roster groups and the agents who answer see them.
    private static func contacts(
        _ file: SwitchboardConfiguration, groups: [AccountGroup], departments: [AccountGroup]
    ) -> [BizBuddyContact] {
        guard let component = file.bridge?.domain?.bareString else { return [] }
        return file.contacts.values.filter { file.hosts[$0.address.domain] != nil }.map { contact in
            BizBuddyContact(
                contact.address, name: contact.name, rosterGroup: contact.group,
                members: groups.filter { contact.rosterGroups.contains($0.name) }
                    + departments.filter { contact.departments.contains($0.name) },
                component: component)
        }
    }
}

extension PresenceCatalogue.State {
    init(_ entry: NamedValues<SwitchboardConfiguration.PresenceState>.Entry) {
        self.init(
            entry.name, labels: entry.value.labels.values,
            show: entry.value.show == .none ? nil : PresenceCatalogue.Show(rawValue: entry.value.show.rawValue),
            activity: entry.value.activity, takesCustomers: entry.value.takesCustomers,
            returnAfter: entry.value.returnAfter)
    }
}

extension ContactAddresses {
    init(_ file: SwitchboardConfiguration.ContactAddresses) {
        self.init([
            .abuse: file.abuse, .admin: file.admin, .feedback: file.feedback, .sales: file.sales,
            .security: file.security, .status: file.status, .support: file.support,
        ])
    }
}

extension ExternalService {
    init(_ file: SwitchboardConfiguration.ExternalService) {
        var access = Access.open
        if let secret = file.secret {
            access = .shared(secret: secret.value, lifetime: file.lifetime)
        } else if let username = file.username, let password = file.password {
            access = .fixed(username: username, password: password.value)
        }
        self.init(
            type: file.kind.rawValue, host: file.host, port: file.port, transport: file.transport?.rawValue,
            name: file.name, access: access)
    }
}
