//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import Synchronization

/// Work that other threads have for an event loop: a burst costs one hand-over. It is done in the order in which it came.
final class LoopCalls: Sendable {
    private struct Box {
        var bodies: [@Sendable () -> Void] = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let box = Mutex(Box())

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func post(_ body: @escaping @Sendable () -> Void) {
        let mustSchedule = box.withLock { box in
            box.bodies.append(body)
            defer { box.isScheduled = true }
            return !box.isScheduled
        }
        if mustSchedule { loop.execute { self.run() } }
    }

    private func run() {
        let bodies = box.withLock { box in
            defer { box = Box() }
            return box.bodies
        }
        for body in bodies { body() }
    }
}
