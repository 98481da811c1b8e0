//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

extension Stanza {
    /// The message with its name in an account's archive (XEP-0313 §3.4).
    func archived(_ id: ArchiveID, by account: JID) -> Stanza {
        guard archiveID(of: account.bareString) == nil else { return self }
        let mark = StanzaID(id.description, by: account.bare).element
        guard var marked = try? Stanza(content.adding(mark), kind: kind, from: nil, to: nil) else { return self }
        marked.from = from
        marked.to = to
        return marked
    }

    /// Its name in an account's archive, as the server has written it there: nobody else can.
    func archiveID(of account: String) -> ArchiveID? {
        for child in content.children where child.namespaceToken == Self.stanzaIDs && child.name == "stanza-id" {
            if child["by"] == account { return child["id"].flatMap { ArchiveID($0) } }
        }
        return nil
    }

    private static let stanzaIDs = XMLToken(StanzaID.namespace)
}
