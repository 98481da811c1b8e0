//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPServer
import XMPPTestKit

/// Answers requests in the namespace `test` in every way a feature can.
struct AnsweringModule: ServerModule {
    let id = "answering"

    func register(in registrar: inout ModuleRegistrar) {
        registrar.iq([.get, .set], "echo", "test") { request, _ in .result(request.payload) }
        registrar.iq([.get], "empty", "test") { _, _ in .result(nil) }
        registrar.iq([.get], "wait", "test") { request, _ in .wait { request.payload } }
        registrar.iq([.get], "refuse", "test") { _, _ in throw StanzaError(.notAcceptable, text: "No.") }
        registrar.iq([.get], "refuse-later", "test") { _, _ in .wait { throw StanzaError(.conflict) } }
        registrar.iq([.get], "break", "test") { _, _ in throw ExpectationFailure("a fault inside") }
        registrar.iq([.get], "break-later", "test") { _, _ in .wait { throw ExpectationFailure("a fault inside") } }
        registrar.iq([.get], "host-only", "test", at: [.host]) { _, _ in .result(nil) }
    }
}

/// Delegates an address to a component, as BizBuddy contacts are.
struct DelegatingModule: ServerModule {
    let id = "delegating"
    let address: JID
    let component: String

    func register(in registrar: inout ModuleRegistrar) {
        let component = component
        registrar.address(address) { stanza, server in server.delegate(stanza, to: component) }
    }
}
