//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore

/// The sessions of an account that have a message at once while one of them is given what waits.
struct MessageBystanders {
    /// Those that take it by its address.
    var takers: [SessionHandle] = []
    /// Those that get a copy.
    var copies: [SessionHandle] = []
    /// Those of both that wait for something themselves, and the flush that it must not overtake on its way to them.
    var catchingUp: [SessionHandle] = []
    var flush: UInt64 = 0

    func awaited(by session: SessionHandle, newest: Int64) -> AwaitedRows {
        AwaitedRows(flush: catchingUp.contains(session) ? flush : 0, newest: newest)
    }
}

/// The sessions of an account that a message goes to.
struct MessageTargets {
    /// Those that take it by its address (RFC 6121 §8.5). The usual account has one: no array is made for it.
    let first: SessionHandle
    let rest: [SessionHandle]
    /// Those that get a copy, because they have asked for copies and are not among the others (XEP-0280 §7).
    let copies: [SessionHandle]
    /// Those of them that are being given what waited, and the flush that the message must not overtake.
    var catchingUp: [SessionHandle] = []
    var flush: UInt64 = 0

    /// What the message must not overtake on its way to a session; `newest` is the newest row of the offline store.
    func awaited(by session: SessionHandle, newest: Int64) -> AwaitedRows {
        AwaitedRows(flush: catchingUp.contains(session) ? flush : 0, newest: newest)
    }
}

extension Account {
    /// Where a message for one resource goes; nil if it isn't there, or with `inTurn` while messages that waited are on
    /// their way to it, which must not be overtaken.
    func targets(ofResource resource: String, inTurn: Bool) -> MessageTargets? {
        state.withLock { state in
            guard let handle = state.handle(ofResource: resource) else { return nil }
            // One that takes messages gets it by way of the store, if all do; others find nothing there.
            if inTurn, state.isCatchingUp(handle), state.isCatchingUp, state.takesMessages(handle) { return nil }
            return state.targets(handle, inTurn: inTurn)
        }
    }

    /// Where a message for the account goes: to all available resources whose priority isn't negative. Nil if there is
    /// none, or with `inTurn` while messages that waited are on their way to all of them.
    /// One that ends is left out.
    func targets(inTurn: Bool, except ending: JID? = nil) -> MessageTargets? {
        state.withLock { state in
            if inTurn, state.isCatchingUp { return nil }
            var first: SessionHandle?
            var rest: [SessionHandle] = []
            var copies: [SessionHandle] = []
            for index in state.sessions.indices where ending == nil || state.sessions[index].handle.jid != ending {
                if state.sessions[index].takesMessages {
                    let handle = state.sessions[index].handle
                    if first == nil { first = handle } else { rest.append(handle) }
                } else if state.sessions[index].carbons {
                    copies.append(state.sessions[index].handle)
                }
            }
            guard let first else { return nil }
            var targets = MessageTargets(first: first, rest: rest, copies: copies)
            if inTurn { state.awaitFlush(&targets) }
            return targets
        }
    }

    /// Whether anybody would take a message now: those of this resource, or with `orBare` those of the account. The same
    /// as asking for the targets, without any.
    func hasTargets(ofResource resource: String?, orBare: Bool) -> Bool {
        state.withLock { state in
            if let resource, let handle = state.handle(ofResource: resource) {
                if !state.isCatchingUp(handle) || !state.isCatchingUp || !state.takesMessages(handle) { return true }
            } else if !orBare {
                return false
            }
            return !state.isCatchingUp && state.sessions.contains(where: \.takesMessages)
        }
    }

    /// Those beside the one that is given what waits in the store: who takes a message for the account, and who gets a
    /// copy of it; also what it must not overtake on its way to each. A message for one resource is taken by that alone.
    func besideReceiver(ofBare: Bool) -> MessageBystanders {
        state.withLock { state in
            // Where nobody is given it now, one that is not available yet is given it once it is.
            let others = state.sessions.filter {
                $0.handle != state.flush?.receiver && ($0.isAvailable || state.flush != nil)
            }
            var bystanders = MessageBystanders()
            for session in others {
                let takes = ofBare && session.takesMessages
                guard takes || session.carbons else { continue }
                if takes { bystanders.takers.append(session.handle) } else { bystanders.copies.append(session.handle) }
                if state.isCatchingUp(session.handle) {
                    bystanders.flush = state.awaitFlush(session.handle)
                    bystanders.catchingUp.append(session.handle)
                }
            }
            return bystanders
        }
    }

    /// Sessions that get copies of what another one of the account sends (XEP-0280 §8), and what each copy must not overtake;
    /// nil if the account has left the registry.
    func copies(except sender: SessionHandle) -> [(session: SessionHandle, flush: UInt64)]? {
        state.withLock { state in
            guard !state.isGone else { return nil }
            return state.copies(except: sender).map { session in
                (session, state.isCatchingUp(session) ? state.awaitFlush(session) : 0)
            }
        }
    }

    /// Whether all sessions that take messages read what they have missed in the archive, but for one that ends; false if
    /// there is none.
    func readsArchive(except ending: JID) -> Bool {
        state.withLock { state in
            let takers = state.sessions.filter { $0.takesMessages && $0.handle.jid != ending }
            return !takers.isEmpty && takers.allSatisfy(\.usesArchive)
        }
    }

    // MARK: Errors for what was copied

    /// Notes that a message has been copied: an error that answers it is copied, too (XEP-0280 §6.1).
    func noteCopied(id: String?, peer: JID?) {
        guard let id, let peer = peer?.bareString else { return }
        state.withLock { state in
            if state.copied.count >= Self.rememberedCopies { state.copied.removeFirst() }
            state.copied.append((id, peer))
        }
    }

    func hasCopied(id: String?, peer: JID?) -> Bool {
        guard let id, let peer = peer?.bareString else { return false }
        return state.withLock { state in state.copied.contains { $0.id == id && $0.peer == peer } }
    }

    /// Copied messages that an error may answer: answers come soon.
    private static let rememberedCopies = 32
}

extension Account.State {
    // By index: a copy of a session's entry would count a dozen references up and down.

    func handle(ofResource resource: String) -> SessionHandle? {
        for index in sessions.indices where sessions[index].resource == resource { return sessions[index].handle }
        return nil
    }

    func takesMessages(_ handle: SessionHandle) -> Bool {
        for index in sessions.indices where sessions[index].handle == handle { return sessions[index].takesMessages }
        return false
    }

    /// Where a message goes that is for this session.
    mutating func targets(_ handle: SessionHandle, inTurn: Bool = true) -> MessageTargets {
        var targets = MessageTargets(first: handle, rest: [], copies: copies(except: handle))
        if inTurn { awaitFlush(&targets) }
        return targets
    }

    /// What goes to a session that is being given what waited goes behind that.
    fileprivate mutating func awaitFlush(_ targets: inout MessageTargets) {
        guard mayCatchUp else { return }
        for session in [targets.first] + targets.rest + targets.copies where isCatchingUp(session) {
            targets.flush = awaitFlush(session)
            targets.catchingUp.append(session)
        }
    }

    fileprivate func copies(except handle: SessionHandle) -> [SessionHandle] {
        var copies: [SessionHandle] = []
        for index in sessions.indices where sessions[index].carbons && sessions[index].handle.id != handle.id {
            copies.append(sessions[index].handle)
        }
        return copies
    }
}
