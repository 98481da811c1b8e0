//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// One question to one's own archive, and its answer.
struct ArchiveSearch {
    private let query: ArchiveQuery
    private let queryID: String?
    private let flipsPage: Bool
    private let account: JID
    private let session: SessionHandle
    private let server: ServerCore

    init(_ request: IQRequest, session: SessionHandle, _ server: ServerCore) throws {
        let wanted = try MAM.Query(request.payload)
        guard wanted.node == nil else { throw StanzaError(.itemNotFound) }
        queryID = wanted.queryID
        flipsPage = wanted.flipsPage
        account = request.to.bare
        self.session = session
        self.server = server
        query = try ArchiveForm.query(wanted, server.configuration.archive)
    }

    /// Sends the messages, then says what they were (XEP-0313 §4).
    func answer() -> IQAnswer {
        .wait {
            do throws(StorageError) {
                // Said before the archive is read: what comes to wait afterwards is not in the answer.
                server.sessionUsesArchive(session)
                return send(try await server.archive.page(account.bareString, query))
            } catch .notFound {
                throw StanzaError(.itemNotFound)
            } catch .overloaded {
                throw StanzaError(.resourceConstraint)
            }
        }
    }

    private func send(_ page: ArchivePage) -> XMLElement {
        for entry in flipsPage ? page.entries.reversed() : page.entries {
            // It is in the archive: a client that does not get it asks again.
            session.deliverStored(result(entry))
        }
        let set = ResultSet(
            first: page.entries.first?.id.description, firstIndex: page.firstIndex,
            last: page.entries.last?.id.description, count: page.count)
        return MAM.Fin(isComplete: page.isComplete, isStable: page.isStable, page: set).element
    }

    /// XEP-0313 §4.2. What is stored was written by our serialiser, and goes out as it is.
    private func result(_ entry: StoredArchiveEntry) -> Stanza {
        let stamp = Timestamp(milliseconds: entry.id.milliseconds).description
        let forwarded =
            "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='\(stamp)'/>"
            + entry.stanza + "</forwarded>"
        return Stanza(.message, .normal, from: account, to: session.jid) {
            XMLElement(
                "result", MAM.namespace, ["queryid": queryID, "id": entry.id.description], serialised: forwarded)
        }
    }
}
