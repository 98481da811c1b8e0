//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import Synchronization

/// Holds a customer's record back until the routing hook has answered, so that nobody is asked before. How long that
/// can take is up to the queue: at its own deadline it goes on without either.
final class LookupGate: Sendable {
    private struct State {
        var isOpen = false
        var held: [RecordLookup] = []
    }

    private let state = Mutex(State())
    private let pass: @Sendable (RecordLookup) -> Void

    init(_ pass: @escaping @Sendable (RecordLookup) -> Void) {
        self.pass = pass
    }

    func tell(_ lookup: RecordLookup) {
        state.withLock { state in
            guard state.isOpen else { return state.held.append(lookup) }
            pass(lookup)
        }
    }

    func open() {
        state.withLock { state in
            state.isOpen = true
            // What came first is superseded by what came last.
            if let last = state.held.last { pass(last) }
            state.held = []
        }
    }
}

extension BridgeCore {
    /// The routing hook has answered.
    mutating func routed(_ conversation: ConversationID, _ outcome: RoutingHook.Outcome, _ turn: inout Turn) {
        switch outcome {
        case .advice(let advice):
            turn.count(.routingAdvice)
            apply(.advised(conversation: conversation, advice: advice), &turn)
        case .none: return
        case .failed: turn.count(.routingFailures)
        }
    }

    /// What the routing hook has to know, but for the addresses.
    func routingQuestion(about conversation: Conversation) -> RoutingHook.Question {
        RoutingHook.Question(
            contact: conversation.contact.rawValue, conversation: conversation.id.rawValue,
            language: conversation.routing.language,
            departments: zip(service.configuration.departments, service.board()).map { department, board in
                RoutingHook.Question.Department(
                    id: department.id.rawValue, open: board.state != .closed, waiting: board.waiting,
                    agents: service.agentBoard(of: department.id).filter(\.isOnDuty).map {
                        RoutingHook.Question.Agent(
                            id: $0.agent.rawValue, load: $0.conversations, capacity: $0.capacity)
                    })
            })
    }
}
