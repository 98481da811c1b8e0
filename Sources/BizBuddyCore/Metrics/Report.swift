//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Figures of a time, by contact, department, agent or day: a fold over facts.
package struct Report: Sendable {
    package enum Dimension: String, Sendable, CaseIterable {
        case total
        case contact
        case department
        case agent
        case day
    }

    /// The figures of one contact, department, agent or day.
    package struct Row: Hashable, Sendable, Codable {
        /// What they are of.
        package let key: String
        package var arrived = 0
        package var offered = 0
        package var declined = 0
        package var missed = 0
        package var answered = 0
        package var abandoned = 0
        package var turnedAway = 0
        package var suggested = 0
        package var deflected = 0
        package var closed = 0
        package var reopened = 0
        package var transferred = 0
        package var returned = 0
        /// Seconds, added up.
        package var wait = 0
        package var longestWait = 0
        package var firstResponse = 0
        package var firstResponses = 0
        package var handle = 0
        package var duty = 0
        package var busy = 0
        /// How wrong estimates were, in seconds, added up, and how many there were.
        package var estimateError = 0
        package var estimates = 0
        package var rating = 0
        package var ratings = 0
        package var texts = 0
        /// Seconds in each presence state.
        package var states: [String: Int] = [:]
        package var dispositions: [String: Int] = [:]

        package init(key: String) {
            self.key = key
        }

        package var averageWait: Double? { Self.ratio(wait, answered) }
        package var averageFirstResponse: Double? { Self.ratio(firstResponse, firstResponses) }
        package var averageHandle: Double? { Self.ratio(handle, closed) }
        package var averageEstimateError: Double? { Self.ratio(estimateError, estimates) }
        /// From 1 to 5.
        package var satisfaction: Double? { Self.ratio(rating, ratings) }
        /// Conversations at once while there was one.
        package var concurrency: Double? { Self.ratio(handle, busy) }
        /// The part of the time on duty with a conversation.
        package var occupancy: Double? { Self.ratio(busy, duty) }
        /// The part of customers who did not need anybody.
        package var deflection: Double? { Self.ratio(deflected, arrived) }

        private static func ratio(_ sum: Int, _ count: Int) -> Double? {
            count > 0 ? Double(sum) / Double(count) : nil
        }

        mutating func add(_ fact: Fact) {
            switch fact.kind {
            case .arrived: arrived += 1
            case .reopened: reopened += 1
            case .offered: offered += 1
            case .declined(let isMissed):
                declined += 1
                missed += isMissed ? 1 : 0
            case .answered(let wait, let expected):
                answered += 1
                self.wait += wait
                longestWait = max(longestWait, wait)
                if let expected {
                    estimates += 1
                    estimateError += abs(expected - wait)
                }
            case .firstResponse(let seconds):
                firstResponses += 1
                firstResponse += seconds
            case .abandoned(let wait):
                abandoned += 1
                longestWait = max(longestWait, wait)
            case .turnedAway: turnedAway += 1
            case .suggested: suggested += 1
            case .deflected: deflected += 1
            case .closed(let handle, let texts, let disposition):
                closed += 1
                self.handle += handle
                self.texts += texts
                dispositions[disposition ?? "", default: 0] += 1
            case .transferred: transferred += 1
            case .returned: returned += 1
            case .rated(let value):
                ratings += 1
                rating += value
            case .state(let state, let seconds): states[state, default: 0] += seconds
            case .duty(let seconds): duty += seconds
            case .busy(let seconds): busy += seconds
            }
        }
    }

    package let dimension: Dimension
    private var byKey: [String: Row] = [:]
    private let zone: ZoneOffsets

    /// Days are those of the zone.
    package init(by dimension: Dimension, zone: ZoneOffsets = .utc) {
        self.dimension = dimension
        self.zone = zone
    }

    /// Facts that say nothing about the dimension do not count in it.
    package mutating func add(_ fact: Fact) {
        guard let key = key(of: fact) else { return }
        byKey[key, default: Row(key: key)].add(fact)
    }

    private func key(of fact: Fact) -> String? {
        switch dimension {
        case .total: return "total"
        case .contact: return fact.contact?.rawValue
        case .department: return fact.department?.rawValue
        case .agent: return fact.agent?.rawValue
        case .day:
            let date = zone.local(fact.at).0
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(date.year)-\(two(date.month))-\(two(date.day))"
        }
    }

    package var rows: [Row] { byKey.values.sorted { $0.key < $1.key } }

    // MARK: For people and tables

    /// The figures of a row by name, in the order of a table's columns; empty where there is nothing to divide.
    package static func figures(of row: Row) -> [(name: String, value: String)] {
        var figures: [(name: String, value: String)] = []
        func add(_ name: String, _ value: Int) { figures.append((name, String(value))) }
        func add(_ name: String, ratio value: Double?) { figures.append((name, decimal(value))) }
        add("arrived", row.arrived)
        add("answered", row.answered)
        add("abandoned", row.abandoned)
        add("turned_away", row.turnedAway)
        add("suggested", row.suggested)
        add("deflected", row.deflected)
        add("offered", row.offered)
        add("declined", row.declined)
        add("missed", row.missed)
        add("closed", row.closed)
        add("reopened", row.reopened)
        add("transferred", row.transferred)
        add("returned", row.returned)
        add("average_wait_seconds", ratio: row.averageWait)
        add("longest_wait_seconds", row.longestWait)
        add("average_first_response_seconds", ratio: row.averageFirstResponse)
        add("average_handle_seconds", ratio: row.averageHandle)
        add("concurrency", ratio: row.concurrency)
        add("occupancy", ratio: row.occupancy)
        add("satisfaction", ratio: row.satisfaction)
        add("ratings", row.ratings)
        add("average_estimate_error_seconds", ratio: row.averageEstimateError)
        add("on_duty_seconds", row.duty)
        return figures
    }

    /// With one decimal.
    private static func decimal(_ value: Double?) -> String {
        guard let value else { return "" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// RFC 4180, with a header; each presence state that anybody was in has a column.
    package var csv: String {
        func quoted(_ text: String) -> String {
            guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
            return "\"\(text.replacing("\"", with: "\"\""))\""
        }
        let rows = rows
        let states = Set(rows.flatMap(\.states.keys)).sorted()
        let names = Self.figures(of: Row(key: "")).map(\.name) + states.map { quoted("state_\($0)_seconds") }
        let header = ([dimension.rawValue] + names).joined(separator: ",")
        let lines = rows.map { row in
            let figures = Self.figures(of: row).map(\.value) + states.map { "\(row.states[$0, default: 0])" }
            return ([row.key] + figures).map(quoted).joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\r\n")
    }

    /// A line for each figure that is not empty, under each key.
    package var text: String {
        guard !rows.isEmpty else { return "Nothing happened." }
        return rows.map { row in
            let figures = Self.figures(of: row).compactMap { name, value -> String? in
                value.isEmpty || value == "0" ? nil : "  \(name.replacing("_", with: " ")): \(value)"
            }
            let states = row.states.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value / 60) min" }
            return ([row.key] + figures + states).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
