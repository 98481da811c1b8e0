//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
package import XMPPServer

/// The session request of RFC 3921 §3, which RFC 6121 §1.4 made a formality: old clients insist on it.
package struct SessionModule: ServerModule {
    package let id = "session"

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.iq([.set], "session", Namespace.session) { _, _ in .result(nil) }
        registrar.streamFeature { context in
            guard context.isLoggedIn else { return nil }
            return XMLElement("session", Namespace.session) { XMLElement("optional", Namespace.session) }
        }
    }
}
