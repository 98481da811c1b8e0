//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Metrics

/// Counters and gauges for operators, as `bizbuddy_…`.
struct BridgeMetrics {
    private let counters: [BridgeEvent: Counter]
    private let open = Gauge(label: "bizbuddy_conversations_open")
    private let waiting = Gauge(label: "bizbuddy_customers_waiting")
    /// Seconds until customers were served, and by how much they were told wrong.
    private let waits = Recorder(label: "bizbuddy_wait_seconds")
    private let errors = Recorder(label: "bizbuddy_wait_estimate_error_seconds")

    init() {
        counters = Dictionary(
            uniqueKeysWithValues: BridgeEvent.allCases.map { ($0, Counter(label: "bizbuddy_\($0.rawValue)")) })
    }

    func record(_ turn: Turn) {
        for (event, count) in turn.counts { counters[event]?.increment(by: count) }
        for (expected, actual) in turn.waits {
            waits.record(actual)
            if let expected { errors.record(abs(actual - expected)) }
        }
    }

    func record(open: Int, waiting: Int) {
        self.open.record(open)
        self.waiting.record(waiting)
    }
}
