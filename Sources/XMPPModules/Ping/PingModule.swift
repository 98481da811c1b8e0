//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Answers pings (XEP-0199 XMPP Ping) at the host, and at an account to its owner.
package struct PingModule: ServerModule {
    package let id = "ping"
    package let implements: [Specification] = [.xep(199, "2.0.1")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: Ping.namespace)
        registrar.iq([.get], "ping", Ping.namespace, at: [.host]) { _, _ in .result(nil) }
        registrar.iq([.get], "ping", Ping.namespace, at: [.account]) { request, _ in
            // An answer would tell others which accounts exist.
            guard request.isOwn else { throw StanzaError(.serviceUnavailable) }
            return .result(nil)
        }
    }
}
