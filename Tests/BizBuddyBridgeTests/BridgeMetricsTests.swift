//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPServer

@testable import BizBuddyBridge

/// What the bridge counts, as Prometheus reads it.
@Suite struct BridgeMetricsTests {
    @Test func countsTheSecondsOfEachPresenceState() throws {
        let registry = PrometheusRegistry()
        let metrics = BridgeMetrics(registry)
        var bridge = try BridgeHarness()
        for (state, seconds) in [("available", 90), ("lunch", 600), ("available", 10), ("away", 5)] {
            try bridge.agentComesOnline(
                "alice@acme.example/desk", "<state xmlns='urn:switchboard:presence:1' id='\(state)'/>")
            metrics.record(bridge.turn, serviceLevel: .seconds(60))
            bridge.tick(after: .seconds(seconds))
            metrics.record(bridge.turn, serviceLevel: .seconds(60))
        }
        try bridge.receive("<presence type='unavailable' from='alice@acme.example/desk' to='support@acme.example'/>")
        metrics.record(bridge.turn, serviceLevel: .seconds(60))
        let series = registry.render().split(separator: "\n").filter {
            $0.hasPrefix("bizbuddy_agent_state_seconds_total")
        }
        #expect(
            series.filter { !$0.contains("offline") } == [
                #"bizbuddy_agent_state_seconds_total{department="support",state="available"} 100"#,
                #"bizbuddy_agent_state_seconds_total{department="support",state="away"} 5"#,
                #"bizbuddy_agent_state_seconds_total{department="support",state="lunch"} 600"#,
            ])
        #expect(!registry.render().contains("alice"), "nobody's name is a label")
    }
}
