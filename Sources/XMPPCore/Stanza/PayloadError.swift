//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A payload that is not what its specification says. The server answers `bad-request`.
package struct PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the element that could not be read.
    package let element: String
    /// What is wrong with it, without the sender's text.
    package let reason: String

    package init(_ element: String, _ reason: String) {
        self.element = element
        self.reason = reason
    }

    package var description: String { "<\(element)/>: \(reason)" }

    /// The error that answers the stanza it came in.
    package var stanzaError: StanzaError {
        StanzaError(.badRequest, text: description)
    }
}
