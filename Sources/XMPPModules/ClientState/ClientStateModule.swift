//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Lets clients say that nobody looks at them (XEP-0352): what only a person who looks would notice then waits. Nobody
/// else learns of it.
package struct ClientStateModule: ServerModule {
    package let id = "client-state"
    package let implements: [Specification] = [.xep(352, "1.0.0")]

    package init() {}

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.streamFeature { $0.isLoggedIn ? ClientState.feature : nil }
        for state in ClientState.allCases {
            registrar.element(state.rawValue, ClientState.namespace) { _, session, _ in
                session.setActive(state == .active)
            }
        }
        registrar.bind2(ClientState.namespace) { element, session, _ in
            if let element, let state = try? ClientState(element) { session.setActive(state == .active) }
            return nil
        }
    }
}
