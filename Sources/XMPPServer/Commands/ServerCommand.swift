//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPPayloads

/// An ad-hoc command of a host (XEP-0050). Features offer commands, another one makes them known and runs them.
///
/// A command keeps nothing between its stages: each time it runs it is given all that was filled in so far.
package struct ServerCommand: Sendable {
    /// What somebody asks of a command.
    package struct Request: Sendable {
        /// The host that is asked.
        package let host: JID
        /// The full JID of who asks.
        package let from: JID
        /// The requester's language, if it was said when the command began.
        package let language: String?
        /// The form of this stage as it was filled in; nil at the beginning.
        package let form: DataForm?
        /// The forms of the stages before, as they were filled in, the first one first.
        package let earlier: [DataForm]
        /// The requester wants no further stage (XEP-0050 §3.4, `complete`).
        package let isCompleting: Bool
        /// What else the command holds.
        package let payloads: [XMLElement]

        package init(
            host: JID, from: JID, language: String?, form: DataForm?, earlier: [DataForm] = [],
            isCompleting: Bool = true, payloads: [XMLElement] = []
        ) {
            self.host = host
            self.from = from
            self.language = language
            self.form = form
            self.earlier = earlier
            self.isCompleting = isCompleting
            self.payloads = payloads
        }
    }

    /// How a command goes on.
    package enum Step: Sendable {
        /// This is to be filled in, and then it is done.
        case form(DataForm)
        /// This is to be filled in, and another stage follows; with `mayComplete` the requester may leave it at that.
        case stage(DataForm, mayComplete: Bool)
        /// It is done; a word to the person, perhaps.
        case completed(note: String?)
        /// It is done, or has failed, which a note of the kind `error` says (XEP-0050 §3.6); a form of the kind `result`
        /// tells more.
        case finished(DataForm?, notes: [AdHocCommand.Note])
    }

    /// Several commands may have one node, each at hosts of its own.
    package let node: String
    /// What lists of commands show.
    package let name: String
    /// Whether this requester may see and run it at this host. Asked at every stage.
    package let isAllowed: @Sendable (_ from: JID, _ host: JID, ServerCore) -> Bool
    /// Takes a step. A `StanzaError` it throws is the answer, and the stage can be filled in again.
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
