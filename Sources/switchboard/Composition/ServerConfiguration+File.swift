//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPServer
import XMPPStorage
import XMPPTLS
import XMPPXML

extension ServerConfiguration {
    /// The part of the file that the server itself needs.
    init(_ file: SwitchboardConfiguration, instance: String, tokenKey: [UInt8]) {
        self.init(
            hosts: file.hosts.map {
                Host(
                    name: $0.name, allowsRegistration: $0.value.registration, hasArchives: $0.value.archive,
                    archiveDays: $0.value.archiveDays, archiveMessages: $0.value.archiveMessages,
                    archiveBytes: $0.value.archiveBytes, allowsAnonymous: $0.value.allowsAnonymous)
            },
            components: file.components.map { entry in
                Component(
                    domain: entry.name, secret: entry.value.secret?.value ?? "",
                    delegated: entry.name == file.bridge?.domain?.bareString
                        ? Set(file.contacts.names.filter { !$0.hasSuffix("@" + entry.name) }) : [])
            },
            registration: Registration(
                isEnabled: file.registration.isEnabled,
                perHour: file.registration.perAddressPerHour > 0 ? file.registration.perAddressPerHour : nil,
                minimumPasswordLength: file.registration.minimumPasswordLength,
                endsSessionsOnPasswordChange: file.registration.endsSessionsOnPasswordChange),
            invitations: Invitations(
                isEnabled: file.invitations.isEnabled, days: file.invitations.days,
                perInviter: file.invitations.openPerAccount, page: file.invitations.landingPage),
            limits: ServerLimits(file.limits, file.streamManagement, file.federation),
            authentication: Authentication(file.authentication, tokenKey: tokenKey),
            archive: Archive(file.archive),
            instance: instance)
        authentication.takesOwnCertificates = file.listeners.values.contains(where: \.asksForCertificates)
    }
}

extension ServerConfiguration.Archive {
    /// In the file 0 is no limit.
    init(_ file: SwitchboardConfiguration.Archive) {
        func limit(_ value: Int) -> Int? { value > 0 ? value : nil }
        self.init(
            isEnabled: file.isEnabled,
            retention: ArchiveRetention(
                days: limit(file.days), messages: limit(file.messagesPerAccount), bytes: limit(file.bytesPerAccount)),
            pageSize: min(file.pageSize, file.largestPage), largestPage: file.largestPage)
    }
}

extension ServerConfiguration.Authentication {
    init(_ file: SwitchboardConfiguration.Authentication, tokenKey: [UInt8]) {
        self.init(
            mechanisms: Set(file.mechanisms.map(\.rawValue)), allowsPlainWithoutTLS: file.allowsPlainWithoutTLS,
            iterations: file.scramIterations)
        hashes = Set(file.storedKeys.compactMap { HashFunction(rawValue: $0.rawValue) })
        tokens =
            file.tokenDays > 0
            ? TokenSettings(
                lifetime: Int64(file.tokenDays) * 86_400, rotation: Int64(file.tokenRotationHours) * 3600, key: tokenKey
            )
            : nil
        limits.perAddress = file.failuresPerAddress
        limits.perAccount = file.failuresPerAccount
        limits.perPair = file.failuresPerAccountAndAddress
    }
}

extension ServerLimits {
    init(
        _ file: SwitchboardConfiguration.Limits, _ sessions: SwitchboardConfiguration.StreamManagement,
        _ federation: SwitchboardConfiguration.Federation
    ) {
        self.init()
        serverConnections = federation.connections
        serverConnectionsPerAddress = federation.connectionsPerAddress
        beforeAuthentication.bytes = file.stanzaBytesBeforeAuthentication
        afterAuthentication = XMLLimits(
            bytes: file.stanzaBytes, depth: file.depth, elements: file.elements, attributes: file.attributes)
        connections = file.connections
        connectionsPerAddress = file.connectionsPerAddress
        negotiationSeconds = Int(file.negotiationTimeout.components.seconds)
        keepAliveSeconds = Int(file.keepAlive.components.seconds)
        idleSeconds = Int(file.idleTimeout.components.seconds)
        stopSeconds = Int(file.stopTimeout.components.seconds)
        inboxStanzas = file.inboxStanzas
        outboxBytes = file.outboxBytes
        sessionsPerAccount = file.resourcesPerAccount
        offlineMessages = file.offlineMessages
        offlineBytes = file.offlineBytes
        rosterItems = file.rosterItems
        blockedAddresses = file.blockedAddresses
        inactiveStanzas = file.inactiveStanzas
        saslAttempts = file.saslTries
        resumptionSeconds = Int(sessions.resume.components.seconds)
        detachedSessions = sessions.sessionsPerAccount
        queueMemory = sessions.memoryBytes
        queueStanzas = sessions.queuedStanzas
        queueDiskBytes = sessions.queuedBytes
        accountQueueDiskBytes = 4 * sessions.queuedBytes
        resumptionSurvivesCrash = sessions.survivesCrash
    }
}

extension ListenerConfiguration {
    init(_ entry: NamedValues<SwitchboardConfiguration.Listener>.Entry) {
        let kind: Kind =
            switch entry.value.kind {
            case .c2s: .client
            case .c2sTLS: .clientTLS
            case .c2sPlain: .clientPlain
            case .s2s: .server
            case .s2sTLS: .serverTLS
            case .component: .component
            case .http: .health
            }
        self.init(name: entry.name, kind: kind, address: entry.value.address, port: entry.value.port)
    }
}
