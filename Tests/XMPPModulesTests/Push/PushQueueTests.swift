//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPModules

@Suite struct PushQueueTests {
    private func target(_ node: Int, _ service: String = "push.example") -> PushTarget {
        PushTarget(account: "juliet@capulet.lit", service: service, node: "\(node)")
    }

    private func nodes(_ targets: [PushTarget]) -> [String] { targets.map(\.node) }

    @Test func letsSoManyGoOutToAService() {
        var queue = PushQueue(perService: 2, limit: 10)
        var started: [[String]] = []
        for node in 1...4 { started.append(nodes(queue.add(target(node)))) }
        #expect(started == [["1"], ["2"], [], []])
        #expect(nodes(queue.finished("push.example")) == ["3"])
        #expect(nodes(queue.add(target(5))) == [])
        #expect(nodes(queue.finished("push.example")) == ["4"])
        #expect(nodes(queue.finished("push.example")) == ["5"])
        #expect(queue.outstanding == 2)
    }

    @Test func aDeadServiceHoldsNobodyElseUp() {
        var queue = PushQueue(perService: 2, limit: 10)
        for node in 1...100 { _ = queue.add(target(node, "dead.example")) }
        #expect(nodes(queue.add(target(1, "live.example"))) == ["1"])
        #expect(queue.outstanding == 3)
    }

    @Test func boundsWhatIsOnItsWayInAll() {
        var queue = PushQueue(perService: 2, limit: 3)
        for node in 1...2 { #expect(nodes(queue.add(target(node, "a.example"))) == ["\(node)"]) }
        #expect(nodes(queue.add(target(3, "b.example"))) == ["3"])
        #expect(queue.add(target(4, "b.example")).isEmpty)
        #expect(queue.add(target(5, "c.example")).isEmpty)
        // Those who have waited come before the one that has just had its turn.
        #expect(queue.add(target(6, "a.example")).isEmpty)
        #expect(nodes(queue.finished("a.example")) == ["4"])
        #expect(nodes(queue.finished("b.example")) == ["5"])
        #expect(nodes(queue.finished("b.example")) == ["6"])
        #expect(queue.outstanding == 3)
        for service in ["a.example", "a.example", "c.example"] { #expect(queue.finished(service).isEmpty) }
        #expect(queue.outstanding == 0)
        #expect(queue.finished("unknown.example").isEmpty)
    }

    @Test func everybodyHasHisTurnOnce() {
        var queue = PushQueue(perService: 3, limit: 7)
        var running: [PushTarget] = []
        var done: [String] = []
        var random = SystemRandomNumberGenerator()
        for node in 0..<500 {
            running += queue.add(target(node, "s\(node % 5).example"))
            #expect(running.count == queue.outstanding)
            #expect(queue.outstanding <= 7)
            guard Bool.random(using: &random), let index = running.indices.randomElement(using: &random) else {
                continue
            }
            let finished = running.remove(at: index)
            done.append(finished.node)
            running += queue.finished(finished.service)
        }
        while let finished = running.popLast() {
            done.append(finished.node)
            running += queue.finished(finished.service)
        }
        #expect(done.compactMap { Int($0) }.sorted() == Array(0..<500))
    }
}
