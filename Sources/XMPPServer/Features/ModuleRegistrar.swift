//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads
package import XMPPStorage

/// Work that waits: the session that caused it takes no further stanza until it is done.
package typealias Deferred = @Sendable () async -> Void

/// Where an iq is addressed.
package enum IQAddressee: Sendable, Hashable, CaseIterable {
    /// A host of ours.
    case host
    /// The bare JID of a local account, or no address at all: the sender's own account.
    case account
}

/// A `get` or `set` that the server itself answers.
package struct IQRequest: Sendable {
    package let stanza: Stanza
    /// The one child element.
    package let payload: XMLElement
    /// The full JID of who asks.
    package let from: JID
    /// The host or bare account that is asked.
    package let to: JID
    /// The session that asks, if it is one of ours.
    package let session: SessionHandle?

    /// Whether somebody asks his own account.
    package var isOwn: Bool { from.bareString == to.bareString && session != nil }
}

/// What an iq handler says at once.
package enum IQAnswer: Sendable {
    case result(XMLElement?)
    /// The answer takes reading or writing; the session waits for it.
    case wait(@Sendable () async throws -> XMLElement?)
}

/// A refusal of an iq that brings more than the error, such as a form to fill in (XEP-0077 §3.2).
package struct IQRefusal: Error, Sendable {
    package let error: StanzaError
    package let payload: XMLElement

    package init(_ error: StanzaError, payload: XMLElement) {
        self.error = error
        self.payload = payload
    }
}

package typealias IQHandler = @Sendable (IQRequest, ServerCore) throws -> IQAnswer

/// What a hook says of a stanza.
package enum HookVerdict: Sendable {
    /// Go on.
    case pass
    /// Go on, and let the session wait for this.
    case passAfter(Deferred)
    /// It has been taken care of; perhaps there is more to wait for.
    case handled(Deferred?)
    /// It is refused.
    case reject(StanzaError)
}

/// The stages a client's stanza passes, in this order (architecture, "The life of a stanza").
package enum HookPhase: Int, Sendable, CaseIterable {
    case policy
    case rewrite
    case record
    case route
    case observe
}

/// Looks at, changes, takes or refuses a stanza that a client sends.
package typealias StanzaHook = @Sendable (inout Stanza, SessionHandle, ServerCore) -> HookVerdict

/// Why a request to a resource is refused; nil if it is not.
package typealias ResourceRequestPolicy = @Sendable (Stanza, ServerCore) -> StanzaError?

/// Changes the presence of an account's session as others see it.
package typealias PresenceRewriter = @Sendable (_ own: Stanza, _ account: JID, ServerCore) -> Stanza

/// Takes all stanzas for a domain or an address.
package typealias AddressHandler = @Sendable (Stanza, ServerCore) -> Deferred?

/// Looks at a message that is about to be written for a component; what it returns takes the message instead.
package typealias DelegationFilter = @Sendable (_ message: Stanza, _ component: String) -> AddressHandler?

/// A message that a feature answers for from the moment it is written: in the same transaction the sender's stanza counts
/// as handled.
package struct Acceptance: Sendable {
    /// On the writer's thread; what it throws refuses the message.
    package let write: @Sendable (WriteContext) throws -> Void
    /// What follows when it is on disk; the sender waits for it.
    package let committed: @Sendable () -> Deferred?
    /// Takes the message without writing it, where somebody else is about to answer for it. Calls back once, from whatever
    /// thread, when that is so, or when it has been written after all. False if it is to be written.
    package let pass: (@Sendable (_ done: @escaping @Sendable () -> Void) -> Bool)?

    package init(
        write: @escaping @Sendable (WriteContext) throws -> Void, committed: @escaping @Sendable () -> Deferred?,
        pass: (@Sendable (_ done: @escaping @Sendable () -> Void) -> Bool)? = nil
    ) {
        self.write = write
        self.committed = committed
        self.pass = pass
    }
}

/// What a feature writes of a message for one of its addresses; nil if it takes it as any other stanza. Touches nothing.
package typealias AcceptanceHandler = @Sendable (Stanza, ServerCore) -> Acceptance?

/// Roster items that an account has by configuration.
package typealias RosterContribution = @Sendable (_ account: JID) -> [RosterItem]

/// Things that happen to sessions.
package enum SessionEvent: Sendable {
    case bound(SessionHandle)
    /// The first presence, or a priority that was negative and is no longer: waiting messages may come.
    case becameAvailable(SessionHandle)
    /// No longer available; the stanza says why.
    case becameUnavailable(SessionHandle, Stanza)
    case ended(SessionHandle)
    /// The connection is lost; the session goes on, and waits for its client (XEP-0198 §5).
    case detached(SessionHandle)
    /// The client has come back.
    case resumed(SessionHandle)
    /// The client has come back after the server died: what it was told of changes just before may not have reached it, and
    /// is to be told again. Follows `resumed`.
    case missedChanges(SessionHandle)
}

/// Watches sessions; what it returns is waited for.
package typealias SessionObserver = @Sendable (SessionEvent, ServerCore) -> Deferred?

/// Does its part when a resource is bound by Bind 2 (XEP-0386): the first element of `<bind/>` in its namespace comes in,
/// nil if the client asked for nothing there; what it returns goes into `<bound/>`.
///
/// The session is in the registry and takes stanzas already; what comes for it is held until `<success/>` has been
/// written, so whatever it was told to be it is before the first one. `<success/>` waits for all handlers.
package typealias Bind2Handler = @Sendable (XMLElement?, SessionHandle, ServerCore) async -> XMLElement?

/// Takes an element that is no stanza from a bound client, in its place among the stanzas, on the session's loop.
package typealias ElementHandler = @Sendable (XMLElement, SessionHandle, ServerCore) -> Void

/// What a stream's features depend on, and nothing else: they are made once for all streams of which this is the same.
package struct StreamFeatureContext: Sendable {
    package let host: String
    package let isLoggedIn: Bool
    package let isSecure: Bool
    /// What the server enforces.
    package let limits: ServerLimits
}

/// Collects the declarations of features: these verbs and no others.
package struct ModuleRegistrar {
    var tables = FeatureTables()
    var module = ""

    /// Answers an iq. One owner for each type, payload and addressee; a second one is an error at start-up.
    package mutating func iq(
        _ types: [StanzaType], _ name: String, _ namespace: String, at addressees: [IQAddressee] = [.host, .account],
        _ handler: @escaping IQHandler
    ) {
        for type in types {
            for addressee in addressees {
                let key = IQKey(type: type, addressee: addressee, name: name, namespace: namespace)
                if let other = tables.iq[key]?.module {
                    tables.problems.append("\(module) and \(other) both answer \(key)")
                }
                tables.iq[key] = FeatureTables.Owned(module: module, value: handler)
            }
        }
    }

    /// Judges requests of this payload to resources, from wherever they come: what it returns refuses one.
    package mutating func resourceRequest(
        _ name: String, _ namespace: String, _ policy: @escaping ResourceRequestPolicy
    ) {
        let key = ElementKey(name: name, namespace: namespace)
        if tables.resourceRequests[key] != nil { tables.problems.append("\(module): \(key) is judged already") }
        tables.resourceRequests[key] = policy
    }

    /// Hooks into what clients send. Within a phase hooks run in the order of the catalogue.
    package mutating func stanza(_ kind: Stanza.Kind, _ phase: HookPhase, _ hook: @escaping StanzaHook) {
        tables.addHook(hook, kind: kind, phase: phase)
    }

    /// Changes what others see of a presence.
    package mutating func presence(_ rewriter: @escaping PresenceRewriter) {
        tables.presenceRewriters.append(rewriter)
    }

    /// Owns a domain of its own, such as `broadcast.acme.example`. Messages that `accepting` writes go that way, all other
    /// stanzas to the handler.
    package mutating func domain(
        _ domain: String, accepting: AcceptanceHandler? = nil, _ handler: @escaping AddressHandler
    ) {
        if tables.domains[domain] != nil { tables.problems.append("\(module): the domain \(domain) is taken") }
        tables.domains[domain] = handler
        tables.acceptances[domain] = accepting
    }

    /// Takes stanzas to the domains of other servers, and their connections.
    package mutating func remoteDomains(_ route: any RemoteRoute) {
        if tables.remote != nil { tables.problems.append("\(module): there is a way to other servers already") }
        tables.remote = route
    }

    /// Owns an address of a local host: all stanzas for it, whatever resource.
    package mutating func address(_ bare: JID, _ handler: @escaping AddressHandler) {
        if tables.addresses[bare.bareString] != nil { tables.problems.append("\(module): \(bare) is taken") }
        tables.addresses[bare.bareString] = handler
    }

    /// Looks at messages before they are written for a component, wherever they come from.
    package mutating func delegation(_ filter: @escaping DelegationFilter) {
        tables.delegationFilters.append(filter)
    }

    /// Puts items into rosters.
    package mutating func roster(_ contribution: @escaping RosterContribution) {
        tables.rosterContributions.append(contribution)
    }

    /// Adds to the stream features.
    package mutating func streamFeature(_ feature: @escaping @Sendable (StreamFeatureContext) -> XMLElement?) {
        tables.streamFeatures.append(feature)
    }

    /// Announces a feature by service discovery.
    package mutating func disco(feature: String, on addressees: [IQAddressee] = [.host, .account]) {
        for addressee in addressees { tables.discoFeatures[addressee, default: []].append(feature) }
    }

    /// Announces a feature by service discovery where the host has it.
    package mutating func disco(
        feature: String, on addressees: [IQAddressee],
        where isThere: @escaping @Sendable (_ host: String, ServerCore) -> Bool
    ) {
        for addressee in addressees {
            tables.hostFeatures[addressee, default: []].append((feature, isThere))
        }
    }

    /// Announces an item of the host by service discovery.
    package mutating func disco(item: JID, name: String?, host: String) {
        tables.discoItems[host, default: []].append(DiscoItem(jid: item, name: name))
    }

    /// Owns an inline feature of Bind 2 (XEP-0386 §4.2), which is announced by its namespace.
    package mutating func bind2(_ namespace: String, _ handler: @escaping Bind2Handler) {
        if let other = tables.bind2.first(where: { $0.namespace == namespace })?.handler.module {
            tables.problems.append("\(module) and \(other) both answer \(namespace) at binding")
        }
        tables.bind2.append((namespace, FeatureTables.Owned(module: module, value: handler)))
    }

    /// Owns an element that bound clients send beside stanzas.
    package mutating func element(_ name: String, _ namespace: String, _ handler: @escaping ElementHandler) {
        let key = ElementKey(name: name, namespace: namespace)
        if let other = tables.elements[key]?.module {
            tables.problems.append("\(module) and \(other) both take {\(namespace)}\(name)")
        }
        tables.elements[key] = FeatureTables.Owned(module: module, value: handler)
    }

    /// Announces more about a host by service discovery (XEP-0128).
    package mutating func disco(form: DataForm, host: String) {
        tables.discoForms[host, default: []].append(form)
    }

    /// Watches sessions.
    package mutating func observe(_ observer: @escaping SessionObserver) {
        tables.sessionObservers.append(observer)
    }

    /// Watches messages that come for local accounts: those worth keeping, when they have been delivered or kept, and what
    /// a session has not acknowledged when its connection is lost.
    package mutating func observeMessages(_ observer: @escaping MessageObserver) {
        tables.messageObservers.append(observer)
    }

    /// Adds to what is read of an account before stanzas go to it. Whoever changes it says so afterwards
    /// (``AccountProfiles/invalidate(_:)``).
    package mutating func profile(_ loader: @escaping ProfileLoader) {
        tables.profileLoaders.append(loader)
    }
}
