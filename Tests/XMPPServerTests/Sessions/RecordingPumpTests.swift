//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Synchronization
import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPServer

/// What is recorded goes side by side; nothing overtakes anything.
@Suite struct RecordingPumpTests {
    /// A pump over a store that commits when it is told to, on a thread of its own.
    final class Script: Sendable {
        let loop: any EventLoop
        let log = Watched<[String]>([])
        /// Writes that have been begun and not committed.
        private let begun = Mutex<[@Sendable () -> Void]>([])
        private let pump = Mutex<NIOLoopBound<StanzaPump>?>(nil)
        private let threads = NIOThreadPool(numberOfThreads: 1)

        init(limit: Int = 1000) async throws {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            self.loop = loop
            threads.start()
            let bound = try await loop.submit { [self] in
                let pump = StanzaPump(limit: limit, resources: LoopResources(loop))
                pump.start(
                    StanzaPump.Owner(
                        process: { [weak self] in self?.process($0, isInTurn: $1) ?? .none },
                        handled: { [log] in log.change { $0.append("handled") } },
                        pauseReading: { [log] isPaused in log.change { $0.append(isPaused ? "pause" : "resume") } },
                        drained: { [log] in log.change { $0.append("drained") } }))
                return NIOLoopBound(pump, eventLoop: loop)
            }.get()
            pump.withLock { $0 = bound }
        }

        private func process(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
            let id = element["id"] ?? ""
            let log = log
            switch element.name {
            case "record", "record-slowly":
                let isSlow = element.name == "record-slowly"
                log.change { $0.append("begin \(id)") }
                return .record { [weak self] completion in
                    self?.begun.withLock { begun in
                        begun.append {
                            completion {
                                log.change { $0.append("deliver \(id)") }
                                guard isSlow else { return nil }
                                return { log.change { $0.append("settle \(id)") } }
                            }
                        }
                    }
                }
            case "r":
                return .inTurn { log.change { $0.append("answer \(id)") } }
            default:
                let body: () -> StanzaPump.Outcome = {
                    log.change { $0.append("route \(id)") }
                    return element.name == "wait" ? .wait { log.change { $0.append("done \(id)") } } : .handled
                }
                return isInTurn ? body() : .later(body)
            }
        }

        func take(_ names: [String], from first: Int = 0) async throws {
            guard let pump = pump.withLock({ $0 }) else { return }
            try await loop.submit {
                for (index, name) in names.enumerated() {
                    pump.value.take(XMLElement(name, "test", ["id": "\(first + index)"]))
                }
            }.get()
        }

        func onPump<R: Sendable>(_ body: @escaping @Sendable (StanzaPump) -> R) async throws -> R? {
            guard let pump = pump.withLock({ $0 }) else { return nil }
            return try await loop.submit { body(pump.value) }.get()
        }

        /// Commits all that has been begun: answers come on another thread, in order.
        func commit() {
            let group = begun.withLock { begun in
                defer { begun = [] }
                return begun
            }
            threads.submit { _ in for body in group { body() } }
        }

        /// Commits until nothing is left to do.
        func settle() async throws -> [String] {
            while try await onPump({ $0.isIdle }) == false { commit() }
            try await threads.shutdownGracefully()
            return log.value.filter { $0 != "drained" }
        }
    }

    /// XEP-0198 §4: the count is of the first ones, without a gap.
    @Test func takesNothingBehindWhatIsDropped() async throws {
        let script = try await Script()
        try await script.take(["record", "route"])
        _ = try await script.onPump { $0.dropWaiting() }
        try await script.take(["record"], from: 2)
        #expect(try await script.settle() == ["begin 0", "deliver 0", "handled"])
    }

    @Test func takesWhatIsRecordedAtOnce() async throws {
        let script = try await Script()
        try await script.take(["record", "record", "record"])
        #expect(script.log.value == ["begin 0", "begin 1", "begin 2"])
        #expect(try await script.onPump { $0.unfinished } == 3)
        #expect(
            try await script.settle() == [
                "begin 0", "begin 1", "begin 2", "deliver 0", "handled", "deliver 1", "handled", "deliver 2", "handled",
            ])
        #expect(try await script.onPump { $0.unfinished } == 0)
    }

    @Test func answersARequestInItsTurn() async throws {
        let script = try await Script()
        try await script.take(["record", "r", "record"])
        #expect(script.log.value == ["begin 0", "begin 2"])
        #expect(
            try await script.settle() == [
                "begin 0", "begin 2", "deliver 0", "handled", "answer 1", "deliver 2", "handled",
            ])
    }

    @Test func holdsBackWhatIsNotRecorded() async throws {
        let script = try await Script()
        try await script.take(["record", "other", "record"])
        #expect(script.log.value == ["begin 0"])
        #expect(
            try await script.settle() == [
                "begin 0", "deliver 0", "handled", "route 1", "handled", "begin 2", "deliver 2", "handled",
            ])
    }

    @Test func waitsForWhatFollowsFromAWrite() async throws {
        let script = try await Script()
        try await script.take(["record-slowly", "record", "wait"])
        #expect(
            try await script.settle() == [
                "begin 0", "begin 1", "deliver 0", "settle 0", "handled", "deliver 1", "handled", "route 2", "done 2",
                "handled",
            ])
    }

    @Test func boundsWhatIsRecordedAtATime() async throws {
        let script = try await Script(limit: 10)
        try await script.take(Array(repeating: "record", count: 300))
        let log = script.log.value
        #expect(log.filter { $0.hasPrefix("begin") }.count == 256)
        #expect(log.last == "pause")
        let all = try await script.settle()
        #expect(all.filter { $0 == "handled" }.count == 300)
        #expect(all.filter { $0 == "pause" || $0 == "resume" } == ["pause", "resume"])
    }

    @Test func finishesWhatWasBegunAfterTheEnd() async throws {
        let script = try await Script()
        try await script.take(["record", "other", "record"])
        _ = try await script.onPump { $0.stop() }
        script.commit()
        _ = try await script.log.wait("the delivery", within: .seconds(10)) { log in
            log.contains("deliver 0") ? .success(log) : nil
        }
        #expect(try await script.onPump { $0.isIdle } == true)
        #expect(!script.log.value.contains("route 1"))
    }

    /// Whatever comes, and however commits fall: effects come in the order of the elements, and so do counts.
    @Test(arguments: 0..<40)
    func keepsTheOrderOfAnyMixture(_ seed: Int) async throws {
        var generator = SystemRandomNumberGenerator()
        let kinds = ["record", "record", "record", "record-slowly", "r", "other", "wait"]
        let names = (0..<60).map { _ in kinds.randomElement(using: &generator) ?? "record" }
        let script = try await Script(limit: 8)
        var first = 0
        while first < names.count {
            let count = Int.random(in: 1...9, using: &generator)
            let part = Array(names[first..<min(first + count, names.count)])
            try await script.take(part, from: first)
            first += part.count
            if Bool.random(using: &generator) { script.commit() }
        }
        let log = try await script.settle()
        let effects = log.filter { entry in ["deliver ", "answer ", "route "].contains { entry.hasPrefix($0) } }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(effects == Array(0..<names.count), "\(names)")
        #expect(log.filter { $0 == "handled" }.count == names.filter { $0 != "r" }.count)
    }
}
