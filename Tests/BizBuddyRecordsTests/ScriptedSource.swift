//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Synchronization

@testable import BizBuddyRecords

/// A source that does as it is told.
final class ScriptedSource: RecordSource {
    enum Step: Sendable {
        case answer([CustomerRecord])
        case fail(String)
        /// Until the task is cancelled.
        case hang
        /// After so many others have been asked: never before.
        case answerAfter(Gate, [CustomerRecord])
    }

    let name: String
    private let steps: Mutex<[Step]>
    private let queries = Mutex<[RecordQuery]>([])

    init(_ name: String, _ steps: [Step]) {
        self.name = name
        self.steps = Mutex(steps)
    }

    var asked: [RecordQuery] { queries.withLock { $0 } }

    func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        queries.withLock { $0.append(query) }
        let step = steps.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        switch step {
        case .answer(let records): return RecordAnswer(records: records)
        case .fail(let reason): throw SourceFailure(reason)
        case .hang:
            await Gate().wait()
            throw CancellationError()
        case .answerAfter(let gate, let records):
            await gate.wait()
            return RecordAnswer(records: records)
        }
    }
}

/// Lets through once it is open, or when the task is cancelled.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func open() { continuation.finish() }

    func wait() async {
        for await _ in stream {}
    }
}

/// A clock that stands until it is moved.
final class ManualClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

extension CustomerRecord {
    static func sample(
        _ id: String = "4711", _ source: String = "crm", name: String = "Tom Customer", match: Match = .exact,
        _ fields: [Field] = [Field(key: "plan", label: "Plan", value: "Gold")]
    ) -> CustomerRecord {
        CustomerRecord(customerID: id, displayName: name, source: source, match: match, fields: fields)
    }
}

extension RecordQuery {
    static func about(_ customer: String = "tom@home.example") -> RecordQuery {
        RecordQuery(
            addresses: [CanonicalAddress(CustomerAddress(customer))], contact: "support@acme.example",
            conversation: "c1", timeout: .seconds(5))
    }
}
