//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer
internal import XMPPStorage

/// Tells since when people have been away, and the server been up (XEP-0012 Last Activity). How long somebody at a
/// resource has been idle only that resource knows.
package struct LastActivityModule: ServerModule {
    package let id = "last-activity"
    package let implements: [Specification] = [.xep(12, "2.0")]
    private let now: @Sendable () -> Timestamp
    private let started: Timestamp
    private let interval: Duration
    private let bell = Bell()
    let logIns = LogInTimes()

    package init() {
        self.init(now: { Timestamp.now() })
    }

    /// `interval`: how often it is written down who is there.
    init(interval: Duration = .seconds(60), now: @escaping @Sendable () -> Timestamp) {
        self.interval = interval
        self.now = now
        started = now()
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: LastActivity.namespace)
        registrar.iq([.get], "query", LastActivity.namespace, at: [.host]) { [started, now] _, _ in
            .result(LastActivity(seconds: Self.seconds(from: started, to: now())).element)
        }
        registrar.iq([.get], "query", LastActivity.namespace, at: [.account]) { [now] request, server in
            .wait {
                guard await server.mayKnowPresence(request.from, of: request.to) else { throw Self.refusal }
                guard server.accounts.online(request.to) == nil else { return LastActivity(seconds: 0).element }
                let store = LastSeenStore(server.database)
                guard let seen = try await store.lastSeen(request.to.bareString) else {
                    throw StanzaError(.itemNotFound, text: "This account has never been used.")
                }
                let seconds = Self.seconds(from: Timestamp(milliseconds: seen.stamp), to: now())
                return LastActivity(seconds: seconds, status: seen.status).element
            }
        }
        registrar.resourceRequest("query", LastActivity.namespace) { Self.refusal(of: $0, $1) }
        registrar.observe { [self] event, server in observe(event, server) }
    }

    /// Writes down who is there, so that a server that is killed knows afterwards when it saw them last.
    package func run(_ server: ServerCore) async throws {
        var isSettled = false
        while !Task.isCancelled {
            do {
                if !isSettled {
                    let present = Set(server.accounts.all.map(\.jid.bareString))
                    logIns.mark(try await PresenceMarkStore(server.database).settle(present: present))
                    isSettled = true
                }
                try await writePresent(server)
            } catch StorageError.cancelled {
            } catch {
                server.log.error("Who is there could not be stored", metadata: ["error": "\(error)"])
            }
            await bell.wait(atMost: interval)
        }
    }

    /// Accounts that are written in one go.
    private static let page = 500

    private func writePresent(_ server: ServerCore) async throws {
        let marks = PresenceMarkStore(server.database)
        let times = LastLogInStore(server.database)
        let online = server.accounts.all
        let stamp = now().milliseconds
        try await server.database.write { try marks.setAlive(stamp, in: $0) }
        var rest = online.filter { $0.isAvailable && !logIns.isMarked($0.jid.bareString) }[...]
        while !rest.isEmpty {
            let page = rest.prefix(Self.page)
            rest = rest.dropFirst(Self.page)
            let accounts = page.map(\.jid.bareString)
            logIns.mark(Set(accounts))
            let told = page.flatMap { account in
                account.sessions.compactMap { session in
                    logIns.told(session.handle.id).map { (account: account.jid.bareString, time: $0) }
                }
            }
            try await server.database.write { context in
                try marks.mark(accounts, in: context)
                for logIn in told { try times.set(logIn.time, of: logIn.account, in: context) }
            }
            // Whoever has gone meanwhile was unmarked before.
            for account in page where !account.isAvailable {
                try await server.database.write { try marks.unmark(account.jid.bareString, in: $0) }
                logIns.unmark(account.jid.bareString)
            }
        }
    }

    private static let refusal = StanzaError(.forbidden)

    private static func seconds(from then: Timestamp, to now: Timestamp) -> Int {
        Int(max(0, now.milliseconds - then.milliseconds) / 1000)
    }

    /// XEP-0012 §4: a resource is not even asked by who may not see it.
    private static func refusal(of request: Stanza, _ server: ServerCore) -> StanzaError? {
        guard let to = request.to, let from = request.from, server.mayKnowPresenceNow(from, of: to.bare) == false
        else { return nil }
        return refusal
    }

    // MARK: Taking note

    private func observe(_ event: SessionEvent, _ server: ServerCore) -> Deferred? {
        switch event {
        case .bound(let session):
            logIns.begin(session.id, now().milliseconds)
            return nil
        case .becameUnavailable(let session, let presence):
            // Who has another client there is not away.
            guard server.accounts.online(session.jid)?.isAvailable != true else { return nil }
            return note(
                LastSeen(stamp: now().milliseconds, status: presence.statusText), logIns.told(session.id), session,
                server)
        case .ended(let session):
            guard let logIn = logIns.end(session.id) else { return nil }
            let isAway = server.accounts.online(session.jid) == nil
            return note(isAway ? LastSeen(stamp: now().milliseconds, status: nil) : nil, logIn, session, server)
        default:
            return nil
        }
    }

    private func note(
        _ seen: LastSeen?, _ logIn: Int64?, _ session: SessionHandle, _ server: ServerCore
    ) -> Deferred {
        let account = session.jid.bareString
        let isMarked = seen != nil && logIns.unmark(account)
        return {
            do {
                try await server.database.write { context in
                    if let seen { try LastSeenStore(server.database).set(seen, of: account, in: context) }
                    if isMarked { try PresenceMarkStore(server.database).unmark(account, in: context) }
                    if let logIn { try LastLogInStore(server.database).set(logIn, of: account, in: context) }
                }
            } catch {
                server.log.error("When somebody was last seen could not be stored", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension Stanza {
    /// Most bytes of a status that are kept.
    private static let keptStatus = 1024

    /// The status text, as far as it is worth keeping.
    fileprivate var statusText: String? {
        guard let text = child("status", Namespace.client)?.text, !text.isEmpty else { return nil }
        return text.utf8.count <= Self.keptStatus ? text : String(text.prefix(Self.keptStatus / 4))
    }
}
