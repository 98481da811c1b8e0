//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads
package import XMPPServer
package import XMPPStorage

/// What the features are configured with, filled by the composition root.
package struct ModulesConfiguration: Sendable {
    package var software: SoftwareConfiguration
    package var registration: RegistrationPolicy
    package var invitations = InvitationPolicy()
    /// Nil: no company presence states.
    package var presence: PresenceCatalogue?
    /// Domains of the components that may set people's presence states on their behalf.
    package var presenceComponents: Set<String>
    /// Shared roster groups.
    package var groups: [AccountGroup]
    /// Nil: no broadcasts.
    package var announcements: AnnouncementsConfiguration?
    package var contacts: [BizBuddyContact]
    /// Takes what must not be kept out of messages to contacts.
    package var confidential: ConfidentialMessages?
    /// Who may administer each host (XEP-0133).
    package var administrators: [String: Set<JID>] = [:]
    /// Whom to write to about each host (XEP-0157).
    package var contactAddresses: [String: ContactAddresses] = [:]
    /// Relays and the like (XEP-0215).
    package var externalServices: [ExternalService] = []
    /// What an account may keep in private storage (XEP-0049).
    package var privateStorage = PrivateStorageModule.defaultQuota
    package var push = PushConfiguration()

    /// Days that messages wait for who does not come online; nil = for ever.
    package var offlineDays: Int?

    package init(
        software: SoftwareConfiguration, registration: RegistrationPolicy = RegistrationPolicy(),
        presence: PresenceCatalogue? = nil, presenceComponents: Set<String> = [], groups: [AccountGroup] = [],
        announcements: AnnouncementsConfiguration? = nil, contacts: [BizBuddyContact] = []
    ) {
        self.software = software
        self.registration = registration
        self.presence = presence
        self.presenceComponents = presenceComponents
        self.groups = groups
        self.announcements = announcements
        self.contacts = contacts
    }
}

/// The catalogue of features. Hooks of one phase run in its order.
package enum BuiltinModules {
    package static func all(
        _ configuration: ModulesConfiguration, commands others: [ServerCommand] = []
    ) -> [any ServerModule] {
        let presence = configuration.presence.map {
            CompanyPresenceModule($0, trustedComponents: configuration.presenceComponents)
        }
        let announcements = configuration.announcements.map { AnnouncementsModule($0) }
        let lastActivity = LastActivityModule()
        let administration = AdministrationModule(
            configuration.administrators, logIns: lastActivity.logIns, broadcastHost: configuration.announcements?.host)
        let invitations = InvitationsModule(configuration.invitations)
        let sessions = OwnSessionsModule()
        let commands =
            (presence?.commands ?? []) + (announcements?.commands ?? []) + administration.commands
            + invitations.commands + sessions.commands + others
        var modules: [any ServerModule] = [
            DiscoModule(configuration.software, commands: commands),
            AdHocModule(commands: commands),
            VersionModule(configuration.software),
            TimeModule(),
            PingModule(),
            SessionModule(),
            VisitorsModule(),
            RosterModule(),
            VCardModule(),
            BlockingModule(exempt: Set(configuration.announcements.map { [$0.domain.domain] } ?? [])),
            PrivateStorageModule(quota: configuration.privateStorage),
            lastActivity,
            administration,
            ContactAddressesModule(configuration.contactAddresses),
            ExternalServicesModule(configuration.externalServices),
            StreamLimitsModule(),
            ArchiveModule(),
            CarbonsModule(),
            OfflineModule(days: configuration.offlineDays),
            ClientStateModule(),
            PushModule(configuration.push),
            RegistrationModule(configuration.registration),
            CertificatesModule(),
            invitations,
            sessions,
            AccountNoticesModule(),
            SharedGroupsModule(configuration.groups),
            BizBuddyContactsModule(configuration.contacts, confidential: configuration.confidential),
        ]
        if let presence { modules.append(presence) }
        if let announcements { modules.append(announcements) }
        return modules
    }
}
