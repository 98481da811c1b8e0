//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import Synchronization

/// What customers say of themselves in their vCards. The bridge asks for the card and hands the answer in.
package final class CardSource: RecordSource {
    private struct State {
        /// Conversations whose card has been asked for, with the answer if it came before anybody waited for it.
        var expected: [String: CustomerRecord??] = [:]
        var waiting: [String: CheckedContinuation<CustomerRecord?, any Error>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package static let sourceName = "vcard"
    package var name: String { Self.sourceName }

    /// A request is out.
    package func expect(_ conversation: String) {
        state.withLock { $0.expected[conversation] = .some(nil) }
    }

    /// The answer is there; nil if there is no card.
    package func deliver(_ record: CustomerRecord?, to conversation: String) {
        let waiter = state.withLock { state -> CheckedContinuation<CustomerRecord?, any Error>? in
            if let waiter = state.waiting.removeValue(forKey: conversation) {
                state.expected[conversation] = nil
                return waiter
            }
            if state.expected[conversation] != nil { state.expected[conversation] = .some(.some(record)) }
            return nil
        }
        waiter?.resume(returning: record)
    }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let conversation = query.conversation
        let record = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let early: Result<CustomerRecord?, any Error>? = state.withLock { state in
                    switch state.expected[conversation] {
                    case .none:
                        // Nobody has asked: no card to wait for.
                        return .success(nil)
                    case .some(.some(let record)):
                        state.expected[conversation] = nil
                        return .success(record)
                    case .some(.none):
                        guard !Task.isCancelled else {
                            state.expected[conversation] = nil
                            return .failure(SourceFailure.timeout)
                        }
                        state.waiting[conversation] = continuation
                        return nil
                    }
                }
                if let early { continuation.resume(with: early) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.expected[conversation] = nil
                return state.waiting.removeValue(forKey: conversation)
            }
            waiter?.resume(throwing: SourceFailure.timeout)
        }
        return RecordAnswer(records: record.map { [$0] } ?? [])
    }

    /// A card as a record without a number: claimed, never known.
    package static func record(name: String, fields: [(key: String, label: String, value: String)]) -> CustomerRecord? {
        let name = RecordText.clean(name, limit: Limits.label)
        let fields = fields.prefix(Limits.records).compactMap {
            RecordText.field("vcard_\($0.key)", label: $0.label, value: $0.value)
        }
        guard !name.isEmpty || !fields.isEmpty else { return nil }
        return CustomerRecord(customerID: "", displayName: name, source: sourceName, match: .probable, fields: fields)
    }
}
