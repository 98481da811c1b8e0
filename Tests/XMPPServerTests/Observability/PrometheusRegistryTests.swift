//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import Testing

@testable import XMPPServer

@Suite struct PrometheusRegistryTests {
    let registry = PrometheusRegistry()

    @Test func writesCountersGaugesAndSummaries() {
        registry.makeCounter(label: "a.requests", dimensions: [("kind", "iq")]).increment(by: 3)
        registry.makeCounter(label: "a.requests", dimensions: [("kind", "message")]).increment(by: 1)
        registry.makeMeter(label: "b-level", dimensions: []).set(2.5)
        let timer = registry.makeTimer(label: "c", dimensions: [])
        timer.recordNanoseconds(500_000_000)
        timer.recordNanoseconds(1_500_000_000)
        registry.makeRecorder(label: "d", dimensions: [], aggregate: true).record(7 as Int64)
        registry.gauge("e", help: "What e is.") { 4 }
        #expect(
            registry.render() == """
                # TYPE a_requests_total counter
                a_requests_total{kind="iq"} 3
                a_requests_total{kind="message"} 1
                # TYPE b_level gauge
                b_level 2.5
                # TYPE c_seconds summary
                c_seconds_sum 2.0
                c_seconds_count 2
                # TYPE d summary
                d_sum 7.0
                d_count 1
                # HELP e What e is.
                # TYPE e gauge
                e 4.0

                """)
    }

    @Test func writesZeroOfWhatHasNotHappened() {
        _ = registry.makeCounter(label: "a", dimensions: [])
        #expect(registry.render() == "# TYPE a_total counter\na_total 0\n")
    }

    @Test func escapesLabels() {
        registry.makeCounter(label: "a", dimensions: [("x y", "back\\slash \"quote\"\nline")]).increment(by: 1)
        #expect(
            registry.render() == "# TYPE a_total counter\na_total{x_y=\"back\\\\slash \\\"quote\\\"\\nline\"} 1\n")
    }

    @Test func keepsOneSeriesForEachNameAndLabels() {
        for _ in 0..<3 { registry.makeCounter(label: "a", dimensions: [("k", "v")]).increment(by: 1) }
        #expect(registry.render() == "# TYPE a_total counter\na_total{k=\"v\"} 3\n")
    }

    @Test func writesGaugesThatAreRegisteredAgainOnce() {
        registry.gauge("g", help: "old") { 1 }
        registry.gauge("g", help: "new") { 2 }
        #expect(registry.render() == "# HELP g new\n# TYPE g gauge\ng 2.0\n")
    }

    @Test func writesWhatIsRecordedWithoutAggregationAsAGauge() {
        let gauge = registry.makeRecorder(label: "open", dimensions: [], aggregate: false)
        #expect(registry.render() == "# TYPE open gauge\nopen 0\n")
        gauge.record(7 as Int64)
        gauge.record(3 as Int64)
        #expect(registry.render() == "# TYPE open gauge\nopen 3.0\n")
        gauge.record(0 as Int64)
        #expect(registry.render() == "# TYPE open gauge\nopen 0\n")
    }

    @Test func goesBackToZero() {
        let counter = registry.makeCounter(label: "a", dimensions: [])
        counter.increment(by: 5)
        counter.reset()
        #expect(registry.render().hasSuffix("a_total 0\n"))
        let meter = registry.makeMeter(label: "m", dimensions: [])
        meter.set(3 as Int64)
        meter.set(0 as Int64)
        #expect(registry.render().contains("\nm 0"))
    }
}
