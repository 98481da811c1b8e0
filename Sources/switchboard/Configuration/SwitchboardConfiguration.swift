//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

/// Everything an administrator decides, read from one YAML file and the `SWITCHBOARD_…` environment variables.
///
/// A value of this type that came from ``load(file:for:environment:)`` has been checked: keys, types, ranges and references hold, paths
/// are absolute, and what one part takes from another (the bridge's port and secret, a host's certificate) is filled in.
/// To add a key, add a property and its line in the `schema` beside it, then write the reference anew.
struct SwitchboardConfiguration: Sendable, Equatable {
    /// Where the program writes.
    var data = DataFolder(path: "var")
    /// The domains served, by name.
    var hosts: NamedValues<Host> = [:]
    var listeners: NamedValues<Listener> = Listener.defaults
    var limits = Limits()
    var streamManagement = StreamManagement()
    var federation = Federation()
    var tls = TLS()
    var authentication = Authentication()
    var registration = Registration()
    var invitations = Invitations()
    var storage = Storage()
    var archive = Archive()
    var push = Push()
    /// Shared roster groups, by name.
    var groups: NamedValues<Group> = [:]
    var roles = Roles()
    /// Accounts made at the first start, by address.
    var initialAccounts: NamedValues<InitialAccount> = [:]
    /// The company's catalogue of presence states, by id. Always has `available`, `busy` and `away`.
    var presenceStates: NamedValues<PresenceState> = PresenceState.defaults
    var broadcast = Broadcast()
    /// External components, by domain; has the bridge's own, too, when it runs in this process.
    var components: NamedValues<Component> = [:]
    /// BizBuddy contacts, by address.
    var contacts: NamedValues<Contact> = [:]
    var bridge: Bridge?
    /// Services outside XMPP, by a name for the file only.
    var externalServices: NamedValues<ExternalService> = [:]
    var logging = Logging()
    var metrics = Metrics()

    static let schema = SectionSchema<SwitchboardConfiguration>([
        Field(
            "data", \.data, .dataFolder,
            """
            The folder for everything the program writes. A relative path is taken from the folder the program was started in, and \
            ${NAME} or ${NAME:-fallback} stands for an environment variable. "temporary" makes a new folder that is removed when the \
            program stops.
            """),
        Field(
            "hosts", \.hosts, Host.reader,
            "The domains this server is responsible for. At least one is needed to serve."),
        Field(
            "listeners", \.listeners, Listener.reader,
            """
            Where the server listens. If this section is absent, there are four: c2s on port 5222 and c2s-tls on port 5223 of all \
            addresses, component on port 5347 and http on port 5280 of 127.0.0.1.
            """),
        Field("limits", \.limits, .section(Limits(), Limits.schema), "What a peer or an account may cost."),
        Field(
            "stream_management", \.streamManagement, .section(StreamManagement(), StreamManagement.schema),
            "Sessions that outlive their connections (XEP-0198)."),
        Field(
            "federation", \.federation, .section(Federation(), Federation.schema),
            "Other servers. Off unless it is enabled here."),
        Field("tls", \.tls, .section(TLS(), TLS.schema), "Encryption, for all hosts."),
        Field(
            "authentication", \.authentication, .section(Authentication(), Authentication.schema),
            "How clients log in."),
        Field(
            "registration", \.registration, .section(Registration(), Registration.schema),
            "Making, changing and removing accounts from a client (XEP-0077)."),
        Field(
            "invitations", \.invitations, .section(Invitations(), Invitations.schema),
            """
            Links that let somebody make an account, also where registration is not open to all, or become a contact (XEP-0401). \
            Everybody may invite people who have an account; roles.invite and this section say who may invite those who have none.
            """),
        Field("storage", \.storage, .section(Storage(), Storage.schema), "The server's database (SQLite)."),
        Field(
            "archive", \.archive, .section(Archive(), Archive.schema),
            "The people's message archives (XEP-0313), for all hosts."),
        Field(
            "push", \.push, .section(Push(), Push.schema),
            """
            Notifications for phones that have no connection (XEP-0357). Clients name the push service, and it is told no more than \
            that there is something, unless it is said here.
            """),
        Field(
            "groups", \.groups, Group.reader,
            "Shared roster groups: members see one another in their contact lists without asking."),
        Field("roles", \.roles, .section(Roles(), Roles.schema), "Who may do what others may not."),
        Field(
            "initial_accounts", \.initialAccounts, InitialAccount.reader,
            "Accounts made at the first start, when the database is new. Later changes here have no effect."),
        Field(
            "presence_states", \.presenceStates, PresenceState.reader,
            """
            The company's presence states. What is given here replaces the default catalogue, which is: available, lunch, busy, \
            meeting, training, away. The ids available, busy and away must exist, as plain presence is mapped to them.
            """),
        Field(
            "broadcast", \.broadcast, .section(Broadcast(), Broadcast.schema),
            "Messages to all, to those online, or to a group or department at once."),
        Field(
            "components", \.components, Component.reader,
            """
            Programs that connect from outside and own a domain (XEP-0114). The bridge of this process needs no entry.
            """),
        Field(
            "contacts", \.contacts, Contact.reader,
            """
            BizBuddy contacts: the addresses customers write to. On the server they are addresses of a host; for "switchboard bridge" in \
            front of another server they are addresses of the bridge's own domain.
            """),
        Field(
            "bridge", \.bridge, .optional(.section(Bridge(), Bridge.schema)),
            "Customer service. Without this section there is none."),
        Field(
            "external_services", \.externalServices, ExternalService.reader,
            """
            Services outside XMPP that clients are told of, such as STUN and TURN servers for calls (XEP-0215). Read again on \
            SIGHUP.
            """),
        Field("logging", \.logging, .section(Logging(), Logging.schema), "The program's own log, on standard error."),
        Field("metrics", \.metrics, .section(Metrics(), Metrics.schema), "Figures for Prometheus."),
    ])

    /// The keys whose values differ, `listeners.c2s.port`, for telling what a reload could not apply.
    func changedKeys(to other: SwitchboardConfiguration) -> [String] {
        Self.schema.changes(self, other, []).map { $0.joined(separator: ".") }
    }
}
