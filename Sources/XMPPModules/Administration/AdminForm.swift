//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// The forms of XEP-0133 (Service Administration).
enum AdminForm {
    static let namespace = "http://jabber.org/protocol/admin"
    /// Accounts that one command takes.
    static let accounts = 1000

    /// The node of a command.
    static func node(_ name: String) -> String { namespace + "#" + name }

    /// A form to fill in.
    static func form(_ title: String, _ instructions: String, _ fields: [DataForm.Field]) -> DataForm {
        DataForm(.form, formType: namespace, title: title, instructions: [instructions], fields: fields)
    }

    /// What came of a command.
    static func result(_ fields: [DataForm.Field]) -> DataForm {
        DataForm(.result, formType: namespace, fields: fields)
    }

    /// The lines of a text field; never empty.
    static func text(_ form: DataForm, _ field: String) throws(StanzaError) -> String {
        let text = form.values(field).joined(separator: "\n")
        guard text.contains(where: { !$0.isWhitespace }) else { throw refusal("The text is missing.") }
        return text
    }

    /// One account of the host, by its bare JID.
    static func account(_ form: DataForm, of host: JID) throws(StanzaError) -> JID {
        guard let text = form["accountjid"] else { throw refusal("The account is missing.") }
        return try account(text, of: host).bare
    }

    /// Accounts of the host, or sessions of theirs: each once.
    static func accounts(_ form: DataForm, of host: JID) throws(StanzaError) -> [JID] {
        let texts = form.values("accountjids").filter { !$0.isEmpty }
        guard !texts.isEmpty else { throw refusal("The accounts are missing.") }
        guard texts.count <= accounts else { throw refusal("At most \(accounts) accounts at a time.") }
        var jids: [JID] = []
        for text in texts {
            let jid = try account(text, of: host)
            if !jids.contains(jid) { jids.append(jid) }
        }
        return jids
    }

    private static func account(_ text: String, of host: JID) throws(StanzaError) -> JID {
        guard let jid = try? JID(text), jid.local != nil else { throw refusal("\(text) is no account's address.") }
        guard jid.domain == host.domain else { throw refusal("\(jid.bareString) is no address of \(host.domain).") }
        return jid
    }

    /// XEP-0050 §4.4: what was filled in is not right.
    static func refusal(_ text: String) -> StanzaError {
        StanzaError(.badRequest, text: text, application: AdHocCommand.Fault.badPayload.element)
    }
}
