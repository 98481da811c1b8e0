//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPPayloads
package import XMPPServer
internal import XMPPXML

/// Tells clients how much a stream takes (XEP-0478 Stream Limits Advertisement).
package struct StreamLimitsModule: ServerModule {
    package let id = "stream-limits"
    package let implements: [Specification] = [.xep(478, "0.2.0")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.streamFeature { context in
            let limits = context.limits
            // Before log-in silence is of no account: the stream ends when its time is up, whatever is said.
            guard context.isLoggedIn else {
                return StreamLimits(
                    maximumBytes: limits.beforeAuthentication.bytes, idleSeconds: limits.negotiationSeconds
                ).element
            }
            return StreamLimits(
                maximumBytes: limits.afterAuthentication.bytes, idleSeconds: limits.keepAliveSeconds
            ).element
        }
    }
}
