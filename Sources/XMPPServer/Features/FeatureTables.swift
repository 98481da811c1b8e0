//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads

/// Which iq a handler answers.
struct IQKey: Hashable, Sendable, CustomStringConvertible {
    let type: StanzaType
    let addressee: IQAddressee
    let name: String
    let namespace: String

    var description: String { "iq \(type) {\(namespace)}\(name) at \(addressee)" }
}

/// Which element a handler takes: of a stream's first level, no stanza, or the payload of a request.
struct ElementKey: Hashable, Sendable {
    let name: String
    let namespace: String
}

/// An entry of a host's service discovery.
package struct DiscoItem: Sendable, Equatable {
    package let jid: JID
    package let name: String?
}

/// All declarations of all features: frozen before the first connection, read without locks afterwards.
package struct FeatureTables: Sendable {
    struct Owned<Value: Sendable>: Sendable {
        let module: String
        let value: Value
    }

    var iq: [IQKey: Owned<IQHandler>] = [:]
    /// Who may ask a resource, by what is asked.
    var resourceRequests: [ElementKey: ResourceRequestPolicy] = [:]
    /// By kind of stanza; each in the order of phases.
    private(set) var hooks: [[StanzaHook]] = [[], [], []]
    private var phases: [[HookPhase]] = [[], [], []]
    var presenceRewriters: [PresenceRewriter] = []
    var domains: [String: AddressHandler] = [:]
    /// Of the domains whose features write messages before they take them.
    var acceptances: [String: AcceptanceHandler] = [:]
    /// The way to the domains of other servers.
    package internal(set) var remote: (any RemoteRoute)?
    var addresses: [String: AddressHandler] = [:]
    /// In the order of the catalogue; the first that wants a message has it.
    var delegationFilters: [DelegationFilter] = []
    var rosterContributions: [RosterContribution] = []
    var streamFeatures: [@Sendable (StreamFeatureContext) -> XMLElement?] = []
    package internal(set) var discoFeatures: [IQAddressee: [String]] = [:]
    /// Features that not every host has.
    var hostFeatures: [IQAddressee: [(feature: String, isThere: @Sendable (String, ServerCore) -> Bool)]] = [:]
    package internal(set) var discoItems: [String: [DiscoItem]] = [:]
    /// By host.
    package internal(set) var discoForms: [String: [DataForm]] = [:]
    var sessionObservers: [SessionObserver] = []
    /// In the order of the catalogue, which is the order in which they are run and announced.
    var bind2: [(namespace: String, handler: Owned<Bind2Handler>)] = []
    var messageObservers: [MessageObserver] = []
    var profileLoaders: [ProfileLoader] = []
    package internal(set) var specifications: [Specification] = []
    /// What bound clients send beside stanzas.
    var elements: [ElementKey: Owned<ElementHandler>] = [:]
    var problems: [String] = []

    mutating func addHook(_ hook: @escaping StanzaHook, kind: Stanza.Kind, phase: HookPhase) {
        let list = Int(kind.rawValue)
        let position = phases[list].firstIndex { $0.rawValue > phase.rawValue } ?? phases[list].count
        phases[list].insert(phase, at: position)
        hooks[list].insert(hook, at: position)
    }

    /// Collects what the features declare.
    ///
    /// - Throws: all contradictions at once.
    package init(_ modules: [any ServerModule]) throws(FeatureConflict) {
        var registrar = ModuleRegistrar()
        var ids: Set<String> = []
        for module in modules {
            registrar.module = module.id
            if !ids.insert(module.id).inserted { registrar.tables.problems.append("two features named \(module.id)") }
            module.register(in: &registrar)
            registrar.tables.specifications += module.implements
        }
        self = registrar.tables
        guard problems.isEmpty else { throw FeatureConflict(problems: problems) }
    }

    init() {}

    /// Who takes a message that would be written for a component; nil if it may be.
    func handler(insteadOf component: String, _ message: Stanza) -> AddressHandler? {
        for filter in delegationFilters {
            if let handler = filter(message, component) { return handler }
        }
        return nil
    }

    /// Whether a feature owns an address of a host.
    package func owns(_ address: JID) -> Bool { addresses[address.bareString] != nil }

    /// The presence as others see it.
    func rewritten(_ own: Stanza, of account: JID, _ server: ServerCore) -> Stanza {
        var stanza = own
        for rewriter in presenceRewriters { stanza = rewriter(stanza, account, server) }
        return stanza
    }

    /// What a host, or the accounts of a host, announce by service discovery, in order.
    package func features(of addressee: IQAddressee, host: String, _ server: ServerCore) -> [String] {
        let some = hostFeatures[addressee, default: []].filter { $0.isThere(host, server) }.map(\.feature)
        return Set(discoFeatures[addressee, default: []] + some).sorted()
    }

    /// What the configuration puts into an account's roster.
    package func sharedItems(for account: JID) -> [RosterItem] {
        rosterContributions.flatMap { $0(account) }
    }
}

/// Features that contradict each other: a mistake in the program or the configuration, found at start-up.
package struct FeatureConflict: Error, Sendable, CustomStringConvertible {
    package let problems: [String]

    package var description: String { "Features contradict each other: " + problems.joined(separator: "; ") }
}
