//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import BizBuddyCore
import BizBuddyStorage
import FoundationEssentials
import Logging
import ServiceLifecycle
import UnixSignals
import XMPPClient
import XMPPCore

extension BridgeConfiguration {
    /// The bridge's view of the company's configuration.
    init(_ configuration: SwitchboardConfiguration) throws(CommandFailure) {
        guard let bridge = configuration.bridge, let domain = bridge.domain else {
            throw CommandFailure("The configuration has no section \"bridge\" with a domain.")
        }
        guard let secret = bridge.secret?.value else {
            throw CommandFailure("bridge.secret is missing: give the component secret that the server knows.")
        }
        var service = ServiceConfiguration()
        service.agentCapacity = bridge.agentCapacity
        for override in bridge.agentCapacities.values {
            service.agentCapacities[AgentID(override.agent.bareString)] = override.capacity
        }
        service.lookupDeadline = bridge.lookupDeadline
        service.reofferDelay = bridge.reofferDelay
        service.agentGrace = bridge.agentGrace
        service.missedOffersBeforePause = bridge.missedOffersBeforePause
        service.assumedHandlingTime = bridge.assumedHandlingTime
        service.routing.stickiness = bridge.stickiness
        service.routing.turnPatience = bridge.turnPatience
        service.routing.questionPatience = bridge.questionPatience
        for agent in bridge.agentSkills.values {
            service.routing.skills[AgentID(agent.agent.bareString)] = Set(agent.skills)
        }
        service.supervision.supervisors = Set(
            configuration.people(bridge.supervisors).map { AgentID($0.bareString) })
        service.supervision.monitoring = Supervision.Monitoring(rawValue: bridge.monitoring.rawValue) ?? .off
        service.floods.textsPerMinute = bridge.floods.textsPerMinute
        service.floods.conversationsPerCustomer = bridge.floods.conversationsPerCustomer
        service.floods.waitingPerDomain = bridge.floods.waitingPerDomain
        service.outreach = OutreachRules(bridge.alerts)
        service.outreach.offersAnswers = bridge.faqFolder != nil
        service.catalogue.defaultLanguage = bridge.language
        service.catalogue.changes = bridge.texts.values
        self.init(
            component: ComponentSettings(
                host: bridge.server.address, port: bridge.server.port, domain: domain.bareString, secret: secret),
            contacts: configuration.contacts.values.map { contact in
                var described = Contact(
                    address: contact.address, name: contact.name,
                    departments: contact.departments.map { DepartmentID($0) },
                    card: Card(
                        organisation: contact.vCard.organisation, about: contact.vCard.description,
                        url: contact.vCard.url, email: contact.vCard.email,
                        telephone: contact.vCard.telephone),
                    audience: contact.rosterGroups.flatMap { configuration.groups[$0]?.accounts ?? [] },
                    skills: contact.skills, priority: contact.priority, weight: contact.weight,
                    texts: contact.texts.values)
                described.group = contact.group
                return described
            },
            departments: bridge.departments.map { entry in
                Department(
                    id: DepartmentID(entry.name), name: entry.value.name,
                    agents: configuration.agents(of: entry.value), capacity: entry.value.capacity,
                    offerTimeout: entry.value.offerTimeout, hours: entry.value.openingHours,
                    rules: DepartmentRules(entry.value))
            },
            presenceStates: PresenceStateCatalogue(
                states: configuration.presenceStates.map { entry in
                    let labels = entry.value.labels
                    let first = labels[nil].map { [$0] } ?? []
                    return PresenceStateCatalogue.State(
                        id: entry.name,
                        labels: first
                            + labels.values.sorted { $0.key < $1.key }.map(\.value).filter { !first.contains($0) },
                        takesCustomers: entry.value.takesCustomers)
                }),
            service: service)
        privacy.limited = Set(
            configuration.people(bridge.privacy.limitedAgents).map { AgentID($0.bareString) })
        let revealers = configuration.people(bridge.privacy.revealingAgents)
        if !revealers.isEmpty { privacy.revealers = Set(revealers.map { AgentID($0.bareString) }) }
        privacy.redactor = Redactor(bridge.privacy)
        privacy.retention = RetentionPolicy(configuration)
        privacy.takesRequests = bridge.privacy.people != nil
        privacy.terms = bridge.privacy.terms
        suggestsContacts = bridge.suggestsContacts
        linksInGreeting = bridge.linksInGreeting
        asksForCards = bridge.records.asksForCards
        hasRouter = bridge.routingHook.url != nil
        serviceLevel = bridge.serviceLevel
        canned = Dictionary(bridge.canned.map { ($0.name.lowercased(), $0.value.text) }) { $1 }
        macros = Dictionary(bridge.macros.map { ($0.name.lowercased(), $0.value.steps) }) { $1 }
        guard problems.isEmpty else { throw CommandFailure(problems.joined(separator: "\n")) }
    }
}

extension RetentionPolicy {
    private static func days(_ number: Int?) -> Duration? { number.map { .seconds($0 * 86_400) } }

    init(_ configuration: SwitchboardConfiguration) {
        let privacy = configuration.bridge?.privacy
        self.init(conversations: Self.days(privacy?.conversationDays), notes: Self.days(privacy?.noteDays))
        for contact in configuration.contacts.values {
            contacts[ContactAddress(contact.address.bareString)] = Self.days(contact.retentionDays)
        }
    }
}

extension OutreachRules {
    init(_ alerts: SwitchboardConfiguration.Alerts) {
        self.init()
        topics = Dictionary(alerts.topics.map { ($0.name.lowercased(), $0.value.title) }) { $1 }
        alertsPerDay = alerts.perDay
        quietFrom = alerts.quietFrom.map { $0 * 60 }
        quietTo = alerts.quietTo.map { $0 * 60 }
        zone = alerts.timeZone?.offsets() ?? .utc
    }
}

extension DepartmentRules {
    init(_ department: SwitchboardConfiguration.Department) {
        self.init()
        whenClosed =
            switch department.whenClosed {
            case .message: .message
            case .callback: .callback
            case .department: department.otherDepartment.map { .department(DepartmentID($0)) } ?? .message
            }
        maximumLength = department.maximumLength
        maximumWait = department.maximumWait
        ladder = department.ladder.compactMap { Step(rawValue: $0.rawValue) }
        faq = department.faq
        overflow = department.overflow.map { Overflow(after: $0.value.after, department: DepartmentID($0.name)) }
            .sorted { $0.after < $1.after }
        offersToAll = department.offersToAll
        priority = department.priority
        care.silenceWarning = department.silenceWarning
        care.silenceGrace = department.silenceGrace
        care.reopenWindow = department.reopenWindow
        care.surveyPercent = department.surveyPercent
        care.wrapUp = department.wrapUp
        care.dispositions = department.dispositions
    }
}

/// Opens the bridge's files and puts it together; it starts with its `run()`. At the first start, customers are imported
/// as the configuration says.
func makeBridge(_ configuration: SwitchboardConfiguration, log: Logger) async throws -> BizBuddyBridge.Bridge {
    let description = try BridgeConfiguration(configuration)
    guard let bridge = configuration.bridge else { throw CommandFailure("The configuration has no bridge.") }
    for file in [bridge.storage, bridge.records.embedded, bridge.privacy.audit, bridge.privacy.people].compactMap({ $0 }
    ) {
        try FileManager.default.createDirectory(
            atPath: ConfigurationText.folder(of: file), withIntermediateDirectories: true)
    }
    let directory = try bridge.records.embedded.map { try CustomerDirectory(path: $0) }
    if let directory, let file = bridge.records.initialCustomers, try await directory.count() == 0 {
        let report = try await directory.importCSV(path: file, canonical: CustomerAdministration.canonical)
        log.info(
            "Customers have been imported",
            metadata: ["inserted": "\(report.inserted)", "left-out": "\(report.failed)"])
    }
    let store = try ServiceStore(path: bridge.storage)
    return BizBuddyBridge.Bridge(
        configuration: description, store: store, clerk: try Clerk(bridge, directory: directory, store: store),
        answers: try bridge.faqFolder.map { try FAQIndex(folder: $0) }, logger: log)
}

/// Reads the configuration again at every SIGHUP.
private struct BridgeReloader: Service {
    let bridge: BizBuddyBridge.Bridge
    let reload: @Sendable () throws -> SwitchboardConfiguration
    let log: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                bridge.reload(try BridgeConfiguration(try reload()))
                log.notice("Reloaded: the customer service follows the new configuration")
            } catch {
                log.error("Not reloaded: everything stays as it was", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// `switchboard bridge`: the customer service alone, until SIGTERM or Ctrl-C. SIGHUP reads the configuration again.
func runBridge(
    _ configuration: SwitchboardConfiguration, reload: @escaping @Sendable () throws -> SwitchboardConfiguration
) async throws {
    let log = ProgramLog.start(configuration.logging)
    try DataFolderOnDisk.prepare(configuration.data)
    let bridge = try await makeBridge(configuration, log: log)
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [
                .init(service: bridge, successTerminationBehavior: .gracefullyShutdownGroup),
                .init(
                    service: BridgeOffice.service(bridge, configuration.data, log),
                    successTerminationBehavior: .ignore),
                .init(
                    service: BridgeReloader(bridge: bridge, reload: reload, log: log),
                    successTerminationBehavior: .ignore),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
    try await group.run()
    DataFolderOnDisk.remove(configuration.data)
}
