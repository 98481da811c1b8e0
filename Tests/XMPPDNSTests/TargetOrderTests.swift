//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPDNS

@Suite struct TargetOrderTests {
    private func target(_ host: String, _ weight: UInt16, priority: UInt16 = 0) -> ServiceTarget {
        ServiceTarget(host: host, port: 5269, isDirectTLS: false, priority: priority, weight: weight)
    }

    /// How often each host came first.
    private func firsts(_ targets: [ServiceTarget], rounds: Int = 6000) -> [String: Int] {
        var random = SplitMix(seed: 7)
        var count: [String: Int] = [:]
        for _ in 0..<rounds {
            let order = ServiceTargets.ordered(targets, random: &random)
            #expect(order.count == 1 && Set(order[0]) == Set(targets))
            count[order[0][0].host, default: 0] += 1
        }
        return count
    }

    @Test func drawsByWeight() {
        let count = firsts([target("a", 10), target("b", 20), target("c", 30)])
        #expect(900...1250 ~= count["a"] ?? 0, "\(count)")
        #expect(1800...2200 ~= count["b"] ?? 0, "\(count)")
        #expect(2750...3150 ~= count["c"] ?? 0, "\(count)")
    }

    @Test func rarelyDrawsWeightZeroAmongOthers() {
        let count = firsts([target("a", 0), target("b", 99)])
        #expect(1...150 ~= count["a"] ?? 0, "\(count)")
    }

    @Test func keepsPrioritiesApart() {
        var random = SplitMix(seed: 3)
        let order = ServiceTargets.ordered(
            [target("c", 65535, priority: 65535), target("b", 65535, priority: 1), target("a", 0)], random: &random)
        #expect(order.map { $0.map(\.host) } == [["a"], ["b"], ["c"]])
    }

    @Test func sumsOfTheLargestWeightsHold() {
        let count = firsts((0..<32).map { target("h\($0)", .max) }, rounds: 64)
        #expect(count.count > 10)
    }

    @Test func nothingStaysNothing() {
        var random = SplitMix(seed: 3)
        #expect(ServiceTargets.ordered([], random: &random).isEmpty)
    }
}
