//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPServer

@Suite struct StanzaPumpTests {
    /// A pump whose elements named `wait` are done when the gate opens.
    final class Script: Sendable {
        let loop: any EventLoop
        let gate: EventLoopPromise<Void>
        let log = Watched<[String]>([])
        private let pump: NIOLoopBound<StanzaPump>

        init(limit: Int = 4) async throws {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            self.loop = loop
            let gate = loop.makePromise(of: Void.self)
            self.gate = gate
            let log = log
            pump = try await loop.submit {
                let pump = StanzaPump(limit: limit, resources: LoopResources(loop))
                pump.start(
                    StanzaPump.Owner(
                        process: { element, _ in
                            let id = element["id"] ?? ""
                            log.change { $0.append("take \(id)") }
                            switch element.name {
                            case "wait": return .wait { try? await gate.futureResult.get() }
                            case "none": return .none
                            default: return .handled
                            }
                        },
                        handled: { log.change { $0.append("handled") } },
                        pauseReading: { isPaused in log.change { $0.append(isPaused ? "pause" : "resume") } },
                        drained: { log.change { $0.append("drained") } }))
                return NIOLoopBound(pump, eventLoop: loop)
            }.get()
        }

        func take(_ names: String...) async throws {
            try await onPump { pump in
                for (id, name) in names.enumerated() { pump.take(XMLElement(name, "test", ["id": "\(id)"])) }
            }
        }

        func onPump<R: Sendable>(_ body: @escaping @Sendable (StanzaPump) -> R) async throws -> R {
            try await loop.submit { [pump] in body(pump.value) }.get()
        }

        func drained() async throws -> [String] {
            try await log.wait("the pump to be empty", within: .seconds(10)) { log in
                log.last == "drained" ? .success(log) : nil
            }
        }
    }

    @Test func takesOneAfterTheOther() async throws {
        let script = try await Script()
        try await script.take("done", "none", "done")
        #expect(script.log.value == ["take 0", "handled", "take 1", "take 2", "handled"])
        #expect(try await script.onPump { $0.isIdle })
        script.gate.succeed()
    }

    @Test func keepsTheOrderWhileOneWaits() async throws {
        let script = try await Script()
        try await script.take("wait", "done", "none", "done")
        #expect(script.log.value == ["take 0"])
        #expect(try await script.onPump { !$0.isIdle })
        script.gate.succeed()
        #expect(
            try await script.drained() == [
                "take 0", "handled", "take 1", "handled", "take 2", "take 3", "handled", "drained",
            ])
        #expect(try await script.onPump { $0.isIdle })
    }

    @Test func waitsForSeveralInTurn() async throws {
        let script = try await Script()
        try await script.take("wait", "wait", "done")
        script.gate.succeed()
        #expect(
            try await script.drained() == [
                "take 0", "handled", "take 1", "handled", "take 2", "handled", "drained",
            ])
    }

    @Test func pausesReadingAtTheLimitAndResumesWhenEmpty() async throws {
        let script = try await Script(limit: 2)
        try await script.take("wait", "done", "done", "done")
        #expect(script.log.value == ["take 0", "pause"])
        script.gate.succeed()
        let log = try await script.drained()
        #expect(log.suffix(2) == ["resume", "drained"])
        #expect(log.filter { $0 == "pause" || $0 == "resume" } == ["pause", "resume"])
    }

    @Test func staysPausedWhileTheNextOneWaits() async throws {
        let script = try await Script(limit: 1)
        try await script.take("wait", "wait", "done")
        script.gate.succeed()
        let log = try await script.drained()
        #expect(log.filter { $0 == "pause" || $0 == "resume" } == ["pause", "resume"])
        #expect(log.firstIndex(of: "resume") == log.count - 2)
    }

    @Test func runsParkedWorkFirstAndDoesNotCountIt() async throws {
        let script = try await Script()
        let gate = script.gate
        try await script.onPump { pump in
            pump.park { try? await gate.futureResult.get() }
            pump.take(XMLElement("done", "test", ["id": "0"]))
        }
        #expect(script.log.value.isEmpty)
        gate.succeed()
        #expect(try await script.drained() == ["take 0", "handled", "drained"])
    }

    @Test func dropsWhatWaitsWhenItStops() async throws {
        let script = try await Script()
        try await script.take("wait", "done")
        try await script.onPump { $0.stop() }
        script.gate.succeed()
        try await script.take("done")
        #expect(try await script.onPump { $0.isIdle || true })
        #expect(script.log.value == ["take 0"])
    }
}
