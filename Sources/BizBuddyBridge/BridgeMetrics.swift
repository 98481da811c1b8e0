//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Metrics

struct BridgeMetrics {
    private let counters: [BridgeEvent: Counter]
    private let factory: any MetricsFactory
    private let open: Gauge
    private let waiting: Gauge
    /// Seconds until customers were served, and by how much they were told wrong.
    private let waits: Recorder
    private let errors: Recorder

    /// The process's own factory, unless a test looks at what is recorded.
    init(_ factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        open = Gauge(label: "bizbuddy_conversations_open", factory: factory)
        waiting = Gauge(label: "bizbuddy_customers_waiting", factory: factory)
        waits = Recorder(label: "bizbuddy_wait_seconds", factory: factory)
        errors = Recorder(label: "bizbuddy_wait_estimate_error_seconds", factory: factory)
        counters = Dictionary(
            uniqueKeysWithValues: BridgeEvent.allCases.map {
                ($0, Counter(label: "bizbuddy_\($0.rawValue)", factory: factory))
            })
    }

    func record(_ turn: Turn, serviceLevel: Duration) {
        for (event, count) in turn.counts { counters[event]?.increment(by: count) }
        for (expected, actual) in turn.waits {
            waits.record(actual)
            if let expected { errors.record(abs(actual - expected)) }
        }
        for fact in turn.facts { record(fact, serviceLevel) }
    }

    func record(open: Int, waiting: Int) {
        self.open.record(open)
        self.waiting.record(waiting)
    }

    /// The figures of reports as they come about, by department: of those there are as many as the company has.
    private func record(_ fact: Fact, _ serviceLevel: Duration) {
        let dimensions = [("department", fact.department?.rawValue ?? "")]
        func count(_ name: String, by amount: Int = 1) {
            Counter(label: "bizbuddy_\(name)", dimensions: dimensions, factory: factory).increment(by: amount)
        }
        func record(_ name: String, _ value: Int) {
            Recorder(label: "bizbuddy_\(name)", dimensions: dimensions, factory: factory).record(value)
        }
        switch fact.kind {
        case .arrived: count("customers_arrived")
        case .reopened: count("conversations_reopened")
        case .offered: count("offers_made")
        case .declined(let isMissed): count(isMissed ? "offers_missed" : "offers_declined")
        case .answered(let wait, _):
            count("customers_answered")
            if .seconds(wait) <= serviceLevel { count("customers_answered_in_time") }
            record("answer_wait_seconds", wait)
        case .firstResponse(let seconds): record("first_response_seconds", seconds)
        case .abandoned(let wait):
            count("customers_abandoned")
            record("abandoned_after_seconds", wait)
        case .turnedAway: count("customers_turned_away")
        case .suggested: count("answers_suggested")
        case .deflected: count("customers_deflected")
        case .closed(let handle, _, _): record("handle_seconds", handle)
        case .transferred: count("conversations_transferred")
        case .returned: count("conversations_returned")
        case .rated(let value): record("rating", value)
        case .state(let state, let seconds):
            // As many as the company's catalogue has.
            Counter(
                label: "bizbuddy_agent_state_seconds", dimensions: dimensions + [("state", state)], factory: factory
            ).increment(by: seconds)
        case .duty(let seconds): count("agent_duty_seconds", by: seconds)
        case .busy(let seconds): count("agent_busy_seconds", by: seconds)
        }
    }
}
