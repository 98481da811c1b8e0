//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Something staff can ask of the service: how it is typed, how a form asks for it, who may, and what it does. Each is
/// declared once, in `Verb.all`, and there for text and for ad-hoc commands (XEP-0050) alike.
struct Verb: Sendable {
    enum Role: Sendable {
        case agent
        case supervisor
    }

    /// Where it has a meaning.
    enum Place: Sendable {
        /// About one conversation: typed in it, or elsewhere with its name before the rest.
        case conversation
        /// Typed at a workgroup or in a conversation.
        case anywhere
    }

    /// A value that it needs or takes.
    struct Parameter: Sendable {
        enum Kind: Sendable {
            /// Up to the next space.
            case word
            /// All the rest.
            case words
            /// One of these.
            case choice([String])
        }

        let name: String
        let label: String
        /// In the line that explains how it is typed; required ones stand there in capitals, others in brackets.
        let usage: String
        let kind: Kind
        let isRequired: Bool
        /// What a form offers.
        let options: (@Sendable (BridgeCore, AgentID) -> [DataForm.Option])?

        init(
            _ name: String, _ label: String, usage: String, _ kind: Kind = .word, isRequired: Bool = true,
            options: (@Sendable (BridgeCore, AgentID) -> [DataForm.Option])? = nil
        ) {
            self.name = name
            self.label = label
            self.usage = usage
            self.kind = kind
            self.isRequired = isRequired
            self.options = options
        }
    }

    /// What stands behind the slash, and in the node of the ad-hoc command.
    let name: String
    /// What a list of commands shows.
    let title: String
    /// What it does, for `/help`.
    let purpose: String
    var role = Role.agent
    var place = Place.anywhere
    var parameters: [Parameter] = []
    /// Whether the bare word, without a slash, does the same at a workgroup.
    var isBareWord = false
    /// Whether what it says comes back to whoever said it, as a room's lines do.
    var comesBack = false
    let run: @Sendable (inout BridgeCore, Invocation, inout Turn) -> AgentRefusal?

    /// What is done about a conversation, where there is one.
    static func inConversation(
        _ body: @escaping @Sendable (inout BridgeCore, Invocation, ConversationID, inout Turn) -> AgentRefusal?
    ) -> @Sendable (inout BridgeCore, Invocation, inout Turn) -> AgentRefusal? {
        { core, use, turn in
            guard let id = use.conversation else { return .noConversation }
            return body(&core, use, id, &turn)
        }
    }

    /// `/transfer AGENT-or-DEPARTMENT [REASON]`
    var usage: String {
        let parts = parameters.map { $0.isRequired ? $0.usage : "[\($0.usage)]" }
        return (["/\(name)"] + parts).joined(separator: " ")
    }

    var node: String { Self.nodePrefix + name }

    static let nodePrefix = BizBuddyDepartment.namespace + "#"

    static let all: [Verb] =
        everyday + aboutConversations + customers + words + company + supervision + announcements + privacy

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> Verb? { byName[name] }

    static func at(node: String) -> Verb? {
        node.hasPrefix(nodePrefix) ? named(String(node.dropFirst(nodePrefix.count))) : nil
    }

    func isAllowed(to person: AgentID, _ configuration: ServiceConfiguration) -> Bool {
        switch role {
        case .agent: configuration.isStaff(person)
        case .supervisor: configuration.isSupervisor(person)
        }
    }
}

/// A verb's use by somebody, with its values.
struct Invocation: Sendable {
    let person: AgentID
    /// The one it is about; nil where it was typed at a workgroup and is about none.
    var conversation: ConversationID?
    /// By parameter; what is empty is left out.
    var values: [String: String] = [:]
    let origin: Origin

    subscript(_ parameter: String) -> String? { values[parameter] }

    /// The name of the message it was said in, by which it counts once.
    func externalID(_ core: BridgeCore) -> String? { origin.stanza.flatMap { core.stanzaID(of: $0) } }
}
