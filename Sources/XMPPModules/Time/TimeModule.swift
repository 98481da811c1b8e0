//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// Tells the time (XEP-0202 Entity Time). The server's zone says nothing to anybody: it is always UTC.
package struct TimeModule: ServerModule {
    package let id = "time"
    package let implements: [Specification] = [.xep(202, "2.0")]
    private let now: @Sendable () -> Timestamp

    package init() {
        self.init(now: { Timestamp.now() })
    }

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: EntityTime.namespace, on: [.host])
        registrar.iq([.get], "time", EntityTime.namespace, at: [.host]) { [now] _, _ in
            .result(EntityTime(utc: now()).element)
        }
    }
}
