//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A step of an ad-hoc command, asked for or answered (XEP-0050 Ad-Hoc Commands).
package struct AdHocCommand: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/commands"

    /// What the requester wants (XEP-0050 §3.2); absent means `execute`.
    package enum Action: String, Sendable, CaseIterable {
        case cancel
        case complete
        case execute
        case next
        case prev
    }

    /// How far the responder is.
    package enum Status: String, Sendable, CaseIterable {
        case canceled
        case completed
        case executing
    }

    /// What may be done next, and what `execute` stands for.
    package struct Actions: Equatable, Sendable {
        /// One of `prev`, `next`, `complete`.
        package var execute: Action?
        /// Of `prev`, `next`, `complete`, those that are allowed.
        package var allowed: Set<Action>

        package init(execute: Action? = nil, allowed: Set<Action>) {
            self.execute = execute
            self.allowed = allowed
        }
    }

    /// Words to the person at the other end (XEP-0050 §3.3).
    package struct Note: Equatable, Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case info
            case warn
            case error
        }

        package var kind: Kind
        package var text: String

        package init(_ text: String, kind: Kind = .info) {
            self.kind = kind
            self.text = text
        }
    }

    /// What is wrong with a request, beside the stanza error (XEP-0050 §4.4).
    package enum Fault: String, Sendable, CaseIterable {
        case badAction = "bad-action"
        case badLocale = "bad-locale"
        case badPayload = "bad-payload"
        case badSessionID = "bad-sessionid"
        case malformedAction = "malformed-action"
        case sessionExpired = "session-expired"

        /// The application condition of the stanza error.
        package var element: XMLElement { XMLElement(rawValue, AdHocCommand.namespace) }
    }

    package var node: String
    package var sessionID: String?
    package var action: Action?
    package var status: Status?
    package var language: String?
    package var actions: Actions?
    package var notes: [Note]
    package var form: DataForm?
    /// What else of other namespaces is in it.
    package var payloads: [XMLElement]

    package init(
        node: String, sessionID: String? = nil, action: Action? = nil, status: Status? = nil, language: String? = nil,
        actions: Actions? = nil, notes: [Note] = [], form: DataForm? = nil, payloads: [XMLElement] = []
    ) {
        self.node = node
        self.sessionID = sessionID
        self.action = action
        self.status = status
        self.language = language
        self.actions = actions
        self.notes = notes
        self.form = form
        self.payloads = payloads
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("command", Self.namespace)
        self.init(
            node: try element.required("node"), sessionID: element["sessionid"], action: try element.value("action"),
            status: try element.value("status"), language: element.language)
        for child in element.children {
            switch (child.name, child.namespace) {
            case ("actions", Self.namespace):
                let allowed = child.children.compactMap { Action(rawValue: $0.name) }
                actions = Actions(execute: try child.value("execute"), allowed: Set(allowed))
            case ("note", Self.namespace):
                notes.append(Note(child.text, kind: try child.value("type") ?? .info))
            case ("x", DataForm.namespace) where form == nil: form = try DataForm(child)
            case (_, Self.namespace): break
            default: payloads.append(child)
            }
        }
    }

    package var element: XMLElement {
        XMLElement(
            "command", Self.namespace,
            [
                "node": node, "sessionid": sessionID, "action": action?.rawValue, "status": status?.rawValue,
                "xml:lang": language,
            ]
        ) {
            if let actions {
                XMLElement("actions", Self.namespace, ["execute": actions.execute?.rawValue]) {
                    [Action.prev, .next, .complete].filter { actions.allowed.contains($0) }
                        .map { XMLElement($0.rawValue, Self.namespace) }
                }
            }
            notes.map { XMLElement("note", Self.namespace, ["type": $0.kind.rawValue], text: $0.text) }
            if let form { form.element }
            payloads
        }
    }
}
