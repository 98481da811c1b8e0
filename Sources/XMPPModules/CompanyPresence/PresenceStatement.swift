//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What a client's presence says of the company state of its account.
enum PresenceStatement: Equatable {
    /// It names this state.
    case explicit(String)
    /// Plain presence: it ends what was set before.
    case plain
    /// It has a `<show/>` or `<status/>` of its own, which leaves a state that was set.
    case other

    /// Reads presence without an addressee that isn't `unavailable`.
    init(_ presence: Stanza, _ catalogue: PresenceCatalogue) {
        if let id = presence.child("state", CompanyPresenceState.namespace)?["id"], catalogue[id] != nil {
            self = .explicit(id)
            return
        }
        let statuses = presence.content.children("status", Namespace.client).map(\.text).filter { !$0.isEmpty }
        for status in statuses {
            if let state = catalogue.state(labelled: status) {
                self = .explicit(state.id)
                return
            }
        }
        self = presence.isPlain ? .plain : .other
    }
}

extension Stanza {
    /// The same stanza without those children; itself if there are none.
    func removingChildren(where matches: (XMLElement) -> Bool) -> Stanza {
        guard content.children.contains(where: matches) else { return self }
        return replacing(content.removingChildren(where: matches))
    }

    /// The same stanza with other content, under the same addresses.
    func replacing(_ content: XMLElement) -> Stanza {
        guard var stanza = try? Stanza(content, kind: kind, from: nil, to: nil) else { return self }
        stanza.from = from
        stanza.to = to
        return stanza
    }

    /// Whether a presence has neither `<show/>` nor a `<status/>` that says anything.
    var isPlain: Bool {
        child("show", Namespace.client) == nil
            && content.children("status", Namespace.client).allSatisfy(\.text.isEmpty)
    }

    /// Without `<state/>`, which only the server may say.
    func withoutState() -> Stanza {
        removingChildren { $0.isNamed("state", CompanyPresenceState.namespace) }
    }

    /// Without what a company state stands for: `<show/>`, `<status/>` and `<state/>`.
    func withoutStatement() -> Stanza {
        removingChildren {
            $0.isNamed("state", CompanyPresenceState.namespace) || $0.isNamed("show", Namespace.client)
                || $0.isNamed("status", Namespace.client)
        }
    }
}
