//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads

/// An ad-hoc command of a host (XEP-0050) with at most one form to fill in. Features offer commands, another one makes
/// them known and runs them.
package struct ServerCommand: Sendable {
    /// What somebody asks of a command.
    package struct Request: Sendable {
        /// The host that is asked.
        package let host: JID
        /// The full JID of who asks.
        package let from: JID
        /// The requester's language, if it was said.
        package let language: String?
        /// The form as it was filled in; nil at the beginning.
        package let form: DataForm?
        /// What else the command holds.
        package let payloads: [XMLElement]

        package init(host: JID, from: JID, language: String?, form: DataForm?, payloads: [XMLElement]) {
            self.host = host
            self.from = from
            self.language = language
            self.form = form
            self.payloads = payloads
        }
    }

    /// How a command goes on.
    package enum Step: Sendable {
        /// This is to be filled in.
        case form(DataForm)
        /// It is done; a word to the person, perhaps.
        case completed(note: String?)
    }

    package let node: String
    /// What lists of commands show.
    package let name: String
    /// Whether this requester may see and run it at this host.
    package let isAllowed: @Sendable (_ from: JID, _ host: JID, ServerCore) -> Bool
    /// Takes a step. A `StanzaError` it throws is the answer.
    package let run: @Sendable (Request, ServerCore) async throws -> Step

    package init(
        node: String, name: String, isAllowed: @escaping @Sendable (_ from: JID, _ host: JID, ServerCore) -> Bool,
        run: @escaping @Sendable (Request, ServerCore) async throws -> Step
    ) {
        self.node = node
        self.name = name
        self.isAllowed = isAllowed
        self.run = run
    }
}
