//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import CoreMetrics
internal import Synchronization

/// Holds what swift-metrics reports and writes it in Prometheus' text format, version 0.0.4.
///
/// Labels are few and fixed: never a JID, a domain or anything else that a peer chooses.
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private struct State {
        var values: [Key: PrometheusValue] = [:]
        var kinds: [String: String] = [:]
        var gauges: [(name: String, help: String, read: @Sendable () -> [(labels: String, value: Double)])] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// A gauge that is read when somebody asks. It takes the place of one with the same name.
    package func gauge(_ name: String, help: String, _ read: @escaping @Sendable () -> Double) {
        add(name, help: help) { [(labels: "", value: read())] }
    }

    /// The same with one value for each of a few kinds.
    package func gauge(
        _ name: String, help: String, by label: String, of kinds: [String],
        _ read: @escaping @Sendable (_ kind: String) -> Double
    ) {
        let label = Self.name(label)
        add(name, help: help) {
            kinds.map { (labels: "{\(label)=\"\(Self.escaped($0))\"}", value: read($0)) }
        }
    }

    private func add(_ name: String, help: String, _ read: @escaping @Sendable () -> [(labels: String, value: Double)])
    {
        let name = Self.name(name)
        state.withLock { state in
            state.gauges.removeAll { $0.name == name }
            state.gauges.append((name, help, read))
        }
    }

    /// All values as text.
    package func render() -> String {
        let (values, kinds, gauges) = state.withLock { ($0.values, $0.kinds, $0.gauges) }
        var text = ""
        let groups = Dictionary(grouping: values) { $0.key.name }
        for (name, series) in groups.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(kinds[name] ?? "untyped")\n"
            for (key, value) in series.sorted(by: { $0.key.labels < $1.key.labels }) {
                text += value.render(name: name, labels: key.labels)
            }
        }
        for gauge in gauges {
            text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n"
            for value in gauge.read() { text += "\(gauge.name)\(value.labels) \(value.value)\n" }
        }
        return text
    }

    private func value(_ label: String, _ dimensions: [(String, String)], kind: String) -> PrometheusValue {
        let name = Self.name(label)
        let labels = dimensions.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return state.withLock { state in
            let key = Key(name: name, labels: labels)
            if let value = state.values[key] { return value }
            let value = PrometheusValue(isGauge: kind == "gauge")
            state.values[key] = value
            state.kinds[name] = kind
            return value
        }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        value(label + "_total", dimensions, kind: "counter")
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        value(label, dimensions, kind: "gauge")
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        value(label, dimensions, kind: aggregate ? "summary" : "gauge")
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        value(label + "_seconds", dimensions, kind: "summary")
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private static func name(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}

/// One series: a counter, a gauge, or the count and sum of what was recorded.
final class PrometheusValue: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private struct State {
        var value = 0.0
        var count = 0
        var isSummary = false
    }

    private let counter = Atomic<Int64>(0)
    private let state = Mutex(State())
    private let isGauge: Bool

    init(isGauge: Bool) {
        self.isGauge = isGauge
    }

    func increment(by amount: Int64) { counter.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { counter.store(0, ordering: .relaxed) }

    func set(_ value: Int64) { state.withLock { $0.value = Double(value) } }

    func set(_ value: Double) { state.withLock { $0.value = value } }

    func increment(by amount: Double) { state.withLock { $0.value += amount } }

    func decrement(by amount: Double) { state.withLock { $0.value -= amount } }

    func record(_ value: Int64) { record(Double(value)) }

    /// What is recorded without aggregation (swift-metrics' `Gauge`) takes the place of what was.
    func record(_ value: Double) {
        guard !isGauge else { return set(value) }
        state.withLock { state in
            state.isSummary = true
            state.value += value
            state.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func render(name: String, labels: String) -> String {
        let state = state.withLock { $0 }
        let suffix = labels.isEmpty ? "" : "{\(labels)}"
        guard state.isSummary else {
            let count = counter.load(ordering: .relaxed)
            return count != 0 || state.value == 0 ? "\(name)\(suffix) \(count)\n" : "\(name)\(suffix) \(state.value)\n"
        }
        return "\(name)_sum\(suffix) \(state.value)\n\(name)_count\(suffix) \(state.count)\n"
    }
}
