//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing

@testable import XMPPFederation

@Suite struct FederationSettingsTests {
    @Test(arguments: [
        ("partner.example", true), ("chat.partner.example", false), ("a.b.partner.example", false),
        ("xpartner.example", true), ("evil.example", false), ("good.evil.example", true), ("other.test", true),
    ])
    func findsRulesByLabel(_ domain: String, _ isAllowed: Bool) {
        let settings = FederationSettings(rules: [
            "*.partner.example": FederationRule(isAllowed: false), "evil.example": FederationRule(isAllowed: false),
        ])
        #expect(settings.rule(for: domain).isAllowed == isAllowed)
    }

    @Test func prefersTheNearestRule() {
        let settings = FederationSettings(
            rules: [
                "*.example": FederationRule(isAllowed: false), "*.a.example": FederationRule(isAllowed: true),
                "x.a.example": FederationRule(isAllowed: false),
            ], fallback: FederationRule(isAllowed: false))
        #expect(settings.rule(for: "y.a.example").isAllowed)
        #expect(!settings.rule(for: "x.a.example").isAllowed)
        #expect(!settings.rule(for: "b.example").isAllowed)
    }

    @Test func budgetsFillUpAgain() {
        var limits = FederationLimits()
        limits.stanzasPerSecond = 10
        limits.bytesPerSecond = 1000
        let budgets = DomainBudgets(limits)
        let start = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<100 { #expect(budgets.take("a.example", bytes: 1, now: start) == nil) }
        #expect(budgets.take("a.example", bytes: 1, now: start) == .milliseconds(100))
        #expect(budgets.take("b.example", bytes: 1, now: start) == nil)
        #expect(budgets.take("a.example", bytes: 1, now: start + .seconds(1)) == nil)
        #expect(budgets.take("c.example", bytes: 12_000, now: start) == .seconds(2))
    }

    @Test func budgetsAreBounded() {
        var limits = FederationLimits()
        limits.domains = 3
        let budgets = DomainBudgets(limits)
        let start = NIODeadline.uptimeNanoseconds(1)
        for number in 0..<20 { _ = budgets.take("d\(number).example", bytes: 1, now: start) }
        #expect(budgets.count == 3)
    }
}
