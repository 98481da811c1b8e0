//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Says that something confidential was taken out of a message (Switchboard, BizBuddy).
package struct BizBuddyRedacted: Payload, Equatable {
    package static let namespace = BizBuddyDepartment.namespace

    /// What was taken out: `card`, `iban`, `ssn`, or a name of the company's.
    package var names: [String]

    package init(_ names: [String]) {
        self.names = names
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("redacted", Self.namespace)
        names = try element.required("what").split(separator: " ").map(String.init)
    }

    package var element: XMLElement {
        XMLElement("redacted", Self.namespace, ["what": names.joined(separator: " ")])
    }
}

/// The form whose answer is compared and kept by nobody (Switchboard, BizBuddy).
package enum BizBuddyVerification {
    package static let namespace = "urn:switchboard:bizbuddy:verify:1"
    /// The form's only field.
    package static let field = "answer"

    /// What somebody has filled in; nil if it is another form, or not filled in.
    package static func answer(in form: XMLElement) -> String? {
        guard let form = try? DataForm(form), form.kind == .submit, form.formType == namespace else { return nil }
        return form[field]
    }
}

extension Stanza {
    /// A message with all its texts changed where `change` has another one for them, ids and addresses apart; nil if
    /// nothing is. What shows the body in another way (XEP-0071) goes, for parts of a number may stand in several elements.
    package func changingTexts(_ change: (String) -> String?) -> Stanza? {
        var isChanged = false
        let nodes = content.nodes.compactMap { node -> XMLNode? in
            switch node {
            case .text(let text): return .text(text)
            case .element(let element):
                return .element(element.changingTexts(change, &isChanged))
            }
        }
        guard isChanged else { return nil }
        let kept = nodes.filter { node in
            if case .element(let element) = node {
                element.namespace != "http://jabber.org/protocol/xhtml-im"
            } else {
                true
            }
        }
        return withContent(kept)
    }

    /// The same stanza with other content.
    package func withContent(_ nodes: [XMLNode]) -> Stanza? {
        let element = XMLElement(
            name: kind.name, namespace: Namespace.client, attributes: content.attributes, nodes: nodes)
        guard var stanza = try? Stanza(element, kind: kind, from: nil, to: to) else { return nil }
        stanza.from = from
        return stanza
    }
}

extension XMLElement {
    /// The depth is the parser's to bound.
    fileprivate func changingTexts(_ change: (String) -> String?, _ isChanged: inout Bool) -> XMLElement {
        var nodes: [XMLNode] = []
        var differs = false
        for node in self.nodes {
            switch node {
            case .text(let text):
                let changed = change(text)
                differs = differs || changed != nil
                nodes.append(.text(changed ?? text))
            case .element(let element):
                var isInnerChanged = false
                nodes.append(.element(element.changingTexts(change, &isInnerChanged)))
                differs = differs || isInnerChanged
            }
        }
        guard differs else { return self }
        isChanged = true
        return XMLElement(name: name, namespace: namespace, attributes: attributes, nodes: nodes)
    }
}
