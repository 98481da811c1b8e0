//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Requests that wait for their answer, with what each was for.
///
/// An answer counts only from whom the request went to and with its id (RFC 6120 §8.1.3, §8.2.3): anybody can guess an id.
package struct IQTracker<Purpose: Sendable>: Sendable {
    private struct Key: Hashable, Sendable {
        let id: String
        let peer: JID
    }

    private struct Request: Sendable {
        let purpose: Purpose
        /// Milliseconds since 1970.
        let deadline: Int64
    }

    private var requests: [Key: Request] = [:]

    package init() {}

    /// Remembers a request; one without `id` or `to` has no answer to wait for.
    package mutating func register(_ request: Stanza, for purpose: Purpose, deadline: Int64) {
        guard request.kind == .iq, let id = request.id, let peer = request.to else { return }
        requests[Key(id: id, peer: peer)] = Request(purpose: purpose, deadline: deadline)
    }

    /// The purpose of the request that a result or error answers; nil for an answer nobody asked for.
    package mutating func take(_ answer: Stanza) -> Purpose? {
        guard answer.kind == .iq, answer.type == .result || answer.type == .error, let id = answer.id,
            let peer = answer.from
        else { return nil }
        return requests.removeValue(forKey: Key(id: id, peer: peer))?.purpose
    }

    /// Removes the requests whose time is over.
    package mutating func takeExpired(at now: Int64) -> [Purpose] {
        let expired = requests.filter { $0.value.deadline <= now }
        for key in expired.keys {
            requests[key] = nil
        }
        return expired.values.map(\.purpose)
    }

    /// When ``takeExpired(at:)`` has something to do next.
    package var nextDeadline: Int64? { requests.values.map(\.deadline).min() }
}
