//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How a source has answered, where that is worth telling.
package struct SourceReport: Hashable, Sendable, Codable {
    package enum State: Hashable, Sendable, Codable {
        /// Still being asked.
        case pending
        /// The reason is for staff.
        case failed(String)
        /// What it said so many seconds ago.
        case aged(seconds: Int)
    }

    package let source: String
    package let state: State

    package init(source: String, state: State) {
        self.source = source
        self.state = state
    }
}

/// What one source says about a customer, in the order in which sources are asked.
package struct SourceAnswer: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case pending
        case failed(String)
        /// `age` in seconds; zero is now.
        case records([CustomerRecord], age: Int)
        /// Earlier conversations in a line each.
        case history([String])
    }

    package let source: String
    package var outcome: Outcome
    package var warnings: [String] = []

    package init(source: String, outcome: Outcome) {
        self.source = source
        self.outcome = outcome
    }

    var report: SourceReport? {
        switch outcome {
        case .pending: SourceReport(source: source, state: .pending)
        case .failed(let reason): SourceReport(source: source, state: .failed(reason))
        case .records(let records, let age):
            age > 0 && !records.isEmpty ? SourceReport(source: source, state: .aged(seconds: age)) : nil
        case .history: nil
        }
    }
}

extension RecordLookup {
    /// Fields of a card.
    static let maximumFields = 64
    /// People it could be, told to agents.
    static let maximumCandidates = 5

    /// One card out of what sources say: the first that knows the customer names him, others add what they know of the
    /// same customer, and somebody with another number is never mixed in.
    ///
    /// Nil while nothing is known and somebody is still being asked.
    package static func merged(_ answers: [SourceAnswer]) -> RecordLookup? {
        var certain: [CustomerRecord] = []
        var candidates: [CustomerRecord.Candidate] = []
        var history: [String] = []
        for answer in answers {
            switch answer.outcome {
            case .records(let records, _) where records.count == 1 && records.allSatisfy({ $0.match != .guessed }):
                certain += records
            case .records(let records, _): candidates += records.map { $0.candidate }
            case .history(let lines): history += lines
            case .pending, .failed: break
            }
        }
        let reports = answers.compactMap(\.report)
        let warnings = answers.flatMap(\.warnings)
        let primary =
            certain.first { $0.match == .exact && !$0.customerID.isEmpty } ?? certain.first { !$0.customerID.isEmpty }
            ?? certain.first
        guard primary != nil || !candidates.isEmpty || !history.isEmpty || !warnings.isEmpty else {
            if answers.contains(where: { $0.outcome == .pending }) { return nil }
            let failures = reports.compactMap(\.failure)
            return failures.isEmpty ? .notFound : .failed(failures.joined(separator: "; "))
        }
        var fields: [CustomerRecord.Field] = []
        for record in certain {
            guard let primary else { break }
            if record.customerID.isEmpty || record.customerID == primary.customerID {
                add(record, of: primary, to: &fields)
            } else {
                candidates.append(record.candidate)
            }
        }
        return .found(
            CustomerRecord(
                customerID: primary?.customerID ?? "", displayName: primary?.displayName ?? "",
                source: primary?.source ?? "", match: primary?.match ?? .probable, fields: fields,
                candidates: Array(candidates.prefix(maximumCandidates)), reports: reports, history: history,
                warnings: warnings))
    }

    /// Values that differ stand side by side; the same value is told once, under the stricter class.
    private static func add(
        _ record: CustomerRecord, of primary: CustomerRecord, to fields: inout [CustomerRecord.Field]
    ) {
        for field in record.fields {
            if let same = fields.firstIndex(where: { $0.key == field.key && $0.value == field.value }) {
                if fields[same].fieldClass < field.fieldClass { fields[same] = field }
                continue
            }
            guard fields.count < maximumFields else { return }
            fields.append(
                CustomerRecord.Field(
                    key: field.key, label: field.label, value: field.value,
                    source: record.source == primary.source ? nil : record.source, fieldClass: field.fieldClass))
        }
    }
}

extension CustomerRecord {
    fileprivate var candidate: Candidate {
        Candidate(customerID: customerID, displayName: displayName, source: source)
    }
}

extension SourceReport {
    /// "crm: no answer in time"; nil if it has not failed.
    var failure: String? {
        if case .failed(let reason) = state { "\(source): \(reason)" } else { nil }
    }

    /// What an agent reads.
    var text: String {
        switch state {
        case .pending: "\(source): still being asked"
        case .failed(let reason): "\(source): \(reason)"
        case .aged(let seconds):
            "\(source): as it was \(seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min") ago"
        }
    }
}
