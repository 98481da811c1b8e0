//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
internal import XMPPStorage
internal import XMPPXML

extension RosterService {
    /// Puts a contact into a roster or changes its name and groups. Done when it is committed and the pushes are on
    /// their way.
    ///
    /// - Throws: `StanzaError` `resource-constraint` if the roster is full.
    package func set(
        _ contact: JID, name: String?, groups: [String], of account: JID, server: ServerCore
    ) async throws {
        _ = try await commit(server) { try $0.set(contact, name: name, groups: groups, of: account) }
    }

    /// Removes a contact and ends the subscriptions in both directions.
    ///
    /// - Throws: `StanzaError` `item-not-found`, or `not-allowed` for a contact of the configuration.
    package func remove(_ contact: JID, of account: JID, server: ServerCore) async throws {
        let effects = try await commit(server) { try $0.remove(contact, of: account) }
        await server.perform(effects)
    }

    /// The answer to a client that asks for the roster and knows `version` of it; nil if that is what it is now
    /// (RFC 6121 §2.6.3).
    package func query(_ account: Account, known version: String?) -> XMLElement? {
        let roster = account.roster
        let current = roster.versionString
        if let version, version == current { return nil }
        // Who doesn't ask with a version is not told one (RFC 6121 §2.6.2).
        return XMLElement("query", Namespace.roster, ["ver": version == nil ? nil : current]) {
            roster.items.values.filter(\.isVisible).map(\.element)
        }
    }

    /// The requests that wait for the user's answer, as they came (RFC 6121 §3.1.3).
    func pendingRequests(_ account: JID, server: ServerCore) async -> [Stanza] {
        do {
            let shared = SharedContacts(server.tables.sharedItems(for: account), account: account)
            return try await store.load(account.bareString).items.compactMap { item in
                guard item.pendingIn, let contact = try? JID(item.contact), shared.items[contact] == nil else {
                    return nil
                }
                if let text = item.subscribeStanza, let element = try? XMLElement(parsing: text),
                    let stanza = try? Stanza(element)
                {
                    return stanza
                }
                return Stanza(.presence, .subscribe, from: contact, to: account)
            }
        } catch {
            server.log.error("Requests could not be read", metadata: ["account": "\(account)", "error": "\(error)"])
            return []
        }
    }

    /// Tells a session of changes as if they were made now, with the contacts as they are now.
    ///
    /// - Returns: the version of the roster that it has been told.
    func tell(
        _ changes: RosterChanges, of account: Account, to session: SessionHandle, _ server: ServerCore
    ) -> Int64 {
        let roster = account.roster
        var changed: [(contact: String, version: Int64)] = []
        switch changes {
        // What has been removed is not known: with a version that nobody can go on from, the client gets it all at its next
        // log-in.
        case .whole(let stored): changed = stored.items.map { ($0.contact, 0) }
        case .differences(_, let differences):
            for difference in differences {
                switch difference.change {
                case .put(let item): changed.append((item.contact, difference.version))
                case .remove(let contact): changed.append((contact, difference.version))
                }
            }
        }
        for (name, version) in changed {
            guard let contact = try? JID(name) else { continue }
            let item = roster[contact].flatMap { $0.isVisible ? $0 : nil }
            let push = Self.push(item, contact, roster.versionString(version))
            session.deliver(Stanza(.iq, .set, id: server.makeID(), to: session.jid) { push })
        }
        return roster.version
    }
}
