//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

extension OutboundQueue.Entry {
    /// A message that is younger than this, in milliseconds, counts as new.
    private static let fresh: Int64 = 5000

    /// The stanza as it is written after it has waited: a message says since when (XEP-0198 §4, XEP-0203 §3).
    var sent: Stanza {
        guard stanza.kind == .message, stanza.type != .error, Timestamp.now().milliseconds - arrived > Self.fresh,
            let to = stanza.to, !isDelayed
        else { return stanza }
        let delay = DelayedDelivery(stamp: Timestamp(milliseconds: arrived), from: to.domainJID)
        guard var delayed = try? Stanza(stanza.content.adding(delay.element), kind: .message, from: nil, to: nil) else {
            return stanza
        }
        delayed.from = stanza.from
        delayed.to = stanza.to
        return delayed
    }

    private var isDelayed: Bool { stanza.child("delay", DelayedDelivery.namespace) != nil }
}
