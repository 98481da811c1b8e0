//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization
internal import XMPPCore

/// A connected component, from any thread.
struct ComponentHandle: Sendable {
    let id: UInt64
    let domain: String
    private let resources: LoopResources
    private let session: NIOLoopBound<ComponentSession>

    init(id: UInt64, domain: String, resources: LoopResources, session: ComponentSession) {
        self.id = id
        self.domain = domain
        self.resources = resources
        self.session = NIOLoopBound(session, eventLoop: resources.loop)
    }

    func deliver(_ stanza: Stanza) {
        run { $0.deliver(stanza) }
    }

    /// There is something new in the outbox of delegated stanzas.
    func pump() {
        run { $0.pump() }
    }

    func end(_ error: StreamError) {
        run { $0.close(error) }
    }

    private func run(_ body: @escaping @Sendable (ComponentSession) -> Void) {
        let session = session
        if resources.loop.inEventLoop {
            body(session.value)
        } else {
            resources.loop.execute { body(session.value) }
        }
    }
}

/// The components that are connected, by domain.
final class ComponentRegistry: Sendable {
    private let handles = Mutex<[String: ComponentHandle]>([:])

    func connected(_ domain: String) -> ComponentHandle? {
        handles.withLock { $0[domain] }
    }

    /// False if one of that domain is connected already.
    func add(_ handle: ComponentHandle) -> Bool {
        handles.withLock { handles in
            guard handles[handle.domain] == nil else { return false }
            handles[handle.domain] = handle
            return true
        }
    }

    func remove(_ handle: ComponentHandle) {
        handles.withLock { handles in
            if handles[handle.domain]?.id == handle.id { handles[handle.domain] = nil }
        }
    }

    var all: [ComponentHandle] { handles.withLock { Array($0.values) } }
}
