//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

extension Stanza {
    /// Presence that says how somebody is, or asks: what is true for a moment only.
    var isPlainPresence: Bool {
        guard kind == .presence else { return false }
        switch type {
        case .subscribe, .subscribed, .unsubscribe, .unsubscribed: return false
        default: return true
        }
    }

    /// Whether a second one does no harm if the first has arrived after all.
    var mayBeSentAgain: Bool {
        switch kind {
        case .message: true
        case .presence: !isPlainPresence
        case .iq: type == .result || type == .error
        }
    }

    /// Says since when it has waited (XEP-0203), in milliseconds since 1970, unless somebody has said so before.
    func delayed(since stamp: Int64) -> Stanza {
        guard let from, child("delay", DelayedDelivery.namespace) == nil else { return self }
        return adding(DelayedDelivery(stamp: Timestamp(milliseconds: stamp), from: from.domainJID).element)
    }

    func adding(_ element: XMLElement) -> Stanza {
        guard var made = try? Stanza(content.adding(element), kind: kind, from: nil, to: nil) else { return self }
        made.from = from
        made.to = to
        return made
    }

    /// The account of ours that sends it of its own accord: not what it is made to answer.
    var author: String? {
        switch kind {
        case .message where type != .error: from?.bareString
        case .iq where type == .get || type == .set: from?.bareString
        case .presence where type == .subscribe: from?.bareString
        default: nil
        }
    }
}
