//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// The company's presence states, as configured.
package struct PresenceCatalogue: Sendable, Equatable {
    /// `<show/>` (RFC 6121 §4.7.2.1); none is nil.
    package enum Show: String, Sendable, CaseIterable {
        case away
        case chat
        case dnd
        case xa
    }

    /// One of them.
    package struct State: Sendable, Equatable {
        /// Short and stable: `lunch`.
        package var id: String
        /// What people read and may type, by lower-case language tag; the tag `""` is for every language not named.
        package var labels: [String: String]
        package var show: Show?
        /// XEP-0108, `general/specific`.
        package var activity: String?
        package var takesCustomers: Bool
        /// Back to available after so long; nil: it stays.
        package var returnAfter: Duration?

        package init(
            _ id: String, labels: [String: String], show: Show? = nil, activity: String? = nil,
            takesCustomers: Bool = false, returnAfter: Duration? = nil
        ) {
            self.id = id
            self.labels = labels
            self.show = show
            self.activity = activity
            self.takesCustomers = takesCustomers
            self.returnAfter = returnAfter
        }

        /// The label for a language: exact tag, primary subtag, the general one, English, the first there is.
        package func label(_ language: String?) -> String {
            let tag = language?.lowercased() ?? ""
            let primary = String(tag.prefix { $0 != "-" })
            return labels[tag] ?? labels[primary] ?? labels[""] ?? labels["en"]
                ?? labels.min { $0.key < $1.key }?.value ?? id
        }
    }

    /// What plain presence stands for (company presence states: "Presence without a known label").
    static let available = "available"
    private static let away = "away"
    private static let busy = "busy"

    /// In the order in which people are offered them.
    package let states: [State]
    /// The company's language, in which `<status/>` is written.
    package let language: String?
    private let byID: [String: State]
    private let idByLabel: [String: String]

    package init(_ states: [State], language: String? = nil) {
        self.states = states
        self.language = language
        byID = Dictionary(states.map { ($0.id, $0) }) { first, _ in first }
        var idByLabel: [String: String] = [:]
        for state in states {
            for label in state.labels.values {
                let key = Self.key(label)
                if idByLabel[key] == nil { idByLabel[key] = state.id }
            }
        }
        self.idByLabel = idByLabel
    }

    subscript(id: String) -> State? { byID[id] }

    /// The state whose label this is, in any case and language.
    func state(labelled text: String) -> State? {
        let key = Self.key(text)
        guard !key.isEmpty else { return nil }
        return idByLabel[key].flatMap { byID[$0] }
    }

    /// The state of this id or label, as people type it.
    func state(named text: String) -> State? {
        byID[text] ?? byID[Self.key(text)] ?? state(labelled: text)
    }

    /// The id of the state that a `<show/>` alone stands for.
    func derivedID(show: String?) -> String {
        switch show {
        case "away", "xa": Self.away
        case "dnd": Self.busy
        default: Self.available
        }
    }

    /// Labels are compared without case and without white space around them.
    private static func key(_ label: String) -> String {
        var text = label[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text.lowercased()
    }
}
