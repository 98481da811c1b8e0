//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPServer

/// A carrier, from any thread.
struct CarrierHandle: Sendable {
    private let resources: LoopResources
    private let carrier: NIOLoopBound<StanzaCarrier>
    private let end: @Sendable () -> Void

    /// On the carrier's loop. `end` ends its stream when it is called there.
    init(_ carrier: StanzaCarrier, on resources: LoopResources, end: @escaping @Sendable () -> Void) {
        self.resources = resources
        self.carrier = NIOLoopBound(carrier, eventLoop: resources.loop)
        self.end = end
    }

    /// When the loop's turn ends, so that what comes in one turn leaves together.
    func flush() {
        let carrier = carrier
        resources.loop.execute { carrier.value.flush() }
    }

    func answered(_ id: String) {
        let carrier = carrier
        resources.onLoop { carrier.value.answered(id) }
    }

    func endStream() {
        let end = end
        resources.onLoop { end() }
    }

    /// Ends the stream when what was sent has arrived; returns then, or after a while.
    func finish() async {
        let (carrier, end) = (carrier, end)
        await withCheckedContinuation { continuation in
            resources.onLoop {
                carrier.value.finish {
                    end()
                    continuation.resume()
                }
            }
        }
    }
}
