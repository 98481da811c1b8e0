//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore

/// Asks all sources at once and makes one card of what they say.
package struct RecordDesk: Sendable {
    package var sources: [any RecordSource]
    /// What a field may be shown to, by its key, whatever its source says.
    package var classes: [String: FieldClass]
    /// After this, what is there is told.
    package var softDeadline: Duration
    /// After this, who has not answered has failed.
    package var hardDeadline: Duration

    package init(
        sources: [any RecordSource], classes: [String: FieldClass] = [:],
        softDeadline: Duration = .milliseconds(800), hardDeadline: Duration = .seconds(2)
    ) {
        self.sources = sources
        self.classes = classes
        self.softDeadline = softDeadline
        self.hardDeadline = hardDeadline
    }

    private enum Event: Sendable {
        case answer(Int, SourceAnswer.Outcome, isStale: Bool, warnings: [String] = [])
        case softDeadline
        case hardDeadline
    }

    /// Looks somebody up. `tell` hears what is known: once when all have answered in time; else at the soft deadline,
    /// with every answer after it, and at the hard one. Values that are sensitive or secret are in none of it.
    package func find(_ query: RecordQuery, tell: @Sendable (RecordLookup) -> Void) async {
        var last: RecordLookup?
        await collect(query) { answers, isFinal in
            guard let lookup = RecordLookup.merged(answers) ?? (isFinal ? .notFound : nil) else { return }
            let told = lookup.withheld
            if told != last { tell(told) }
            last = told
        }
    }

    /// Everything the sources know by the hard deadline, sensitive and secret values with it: for one look, or one
    /// comparison, and never to be kept.
    package func wholeRecord(_ query: RecordQuery) async -> CustomerRecord? {
        var record: CustomerRecord?
        await collect(query) { answers, isFinal in
            if isFinal { record = RecordLookup.merged(answers)?.record }
        }
        return record
    }

    /// `tell` hears the state of all sources whenever it is worth it, and last when nothing more will come.
    private func collect(_ query: RecordQuery, tell: ([SourceAnswer], _ isFinal: Bool) -> Void) async {
        guard !sources.isEmpty else { return tell([], true) }
        var answers = sources.map { SourceAnswer(source: $0.name, outcome: .pending) }
        var query = query
        query.timeout = min(query.timeout, hardDeadline)
        await withTaskGroup(of: Event?.self) { group in
            for index in sources.indices { ask(index, query, &group) }
            clock(softDeadline, .softDeadline, &group)
            clock(hardDeadline, .hardDeadline, &group)
            var waiting = sources.count
            var isLate = false
            while waiting > 0, let event = await group.next() {
                switch event {
                case .answer(let index, let outcome, let isStale, let warnings):
                    answers[index].warnings = warnings
                    if case .failed = outcome, case .records(let known, _) = answers[index].outcome, !known.isEmpty {
                        // Old words are better than none; their age is told.
                    } else {
                        answers[index].outcome = outcome
                    }
                    if isStale {
                        var query = query
                        query.isRefresh = true
                        ask(index, query, &group)
                    } else {
                        waiting -= 1
                    }
                    if isLate, waiting > 0 { tell(answers, false) }
                case .softDeadline:
                    isLate = true
                    tell(answers, false)
                case .hardDeadline:
                    for index in answers.indices where answers[index].outcome == .pending {
                        answers[index].outcome = .failed(SourceFailure.timeout.reason)
                    }
                    waiting = 0
                case nil: break
                }
            }
            tell(answers, true)
            group.cancelAll()
        }
    }

    private func clock(_ time: Duration, _ event: Event, _ group: inout TaskGroup<Event?>) {
        group.addTask { (try? await Task.sleep(for: time)) == nil ? nil : event }
    }

    private func ask(_ index: Int, _ query: RecordQuery, _ group: inout TaskGroup<Event?>) {
        let source = sources[index]
        group.addTask {
            do {
                let answer = try await source.answer(query)
                if !answer.history.isEmpty {
                    if query.isShared { return .answer(index, .history([]), isStale: false) }
                    return .answer(index, .history(answer.history), isStale: false)
                }
                let records = answer.records.prefix(Limits.records).map { classified(query.isShared ? $0.guessed : $0) }
                return .answer(
                    index, .records(records, age: answer.age), isStale: answer.isStale, warnings: answer.warnings)
            } catch let failure as SourceFailure {
                return .answer(index, .failed(failure.reason), isStale: false)
            } catch {
                let reason = error is CancellationError ? SourceFailure.timeout.reason : "cannot be read"
                return .answer(index, .failed(reason), isStale: false)
            }
        }
    }

    private func classified(_ record: CustomerRecord) -> CustomerRecord {
        guard !classes.isEmpty else { return record }
        return record.with(
            fields: record.fields.map { field in
                CustomerRecord.Field(
                    key: field.key, label: field.label, value: field.value, source: field.source,
                    fieldClass: classes[field.key.lowercased()] ?? field.fieldClass)
            })
    }
}

extension RecordLookup {
    fileprivate var withheld: RecordLookup {
        if case .found(let record) = self { .found(record.withheld) } else { self }
    }
}

extension CustomerRecord {
    /// The same, as a possibility.
    fileprivate var guessed: CustomerRecord {
        CustomerRecord(
            customerID: customerID, displayName: displayName, source: source, match: .guessed, fields: fields)
    }
}
