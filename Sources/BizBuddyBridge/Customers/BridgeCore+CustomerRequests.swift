//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import XMPPCore

/// What customers ask of the company about themselves, whether an agent serves them or not.
extension BridgeCore {
    /// How often somebody has asked within a minute.
    struct Pace: Sendable {
        var count: Int
        var since: Instant
    }

    /// Requests of one customer in a minute: each of them writes something, and no person asks so often.
    private static let requestsPerMinute = 10
    /// Customers of whom that is remembered.
    private static let paces = 10_000

    /// Why a customer's request is not taken; nil if it is. What is asked about the own data is taken of who is blocked.
    private mutating func objection(
        to request: CustomerRequest, of customer: CustomerAddress, _ now: Instant
    ) -> CustomerRefusal? {
        let isRight = request == .export || request == .erase
        if !isRight, service.blocks[customer] != nil { return .blocked }
        if requestPaces.count >= Self.paces, requestPaces[customer] == nil {
            requestPaces = requestPaces.filter { now.milliseconds(since: $0.value.since) < 60_000 }
            guard requestPaces.count < Self.paces else { return .tooFast }
        }
        var pace = requestPaces[customer] ?? Pace(count: 0, since: now)
        if now.milliseconds(since: pace.since) >= 60_000 { pace = Pace(count: 0, since: now) }
        pace.count += 1
        requestPaces[customer] = pace
        return pace.count > Self.requestsPerMinute ? .tooFast : nil
    }

    /// Takes what a customer asks for; what takes its time is answered later. False if it was refused, with an error.
    @discardableResult
    mutating func take(
        _ request: CustomerRequest, _ key: CustomerKey, _ language: String?, from origin: Origin, _ turn: inout Turn
    ) -> Bool {
        let conversation = service.conversation(of: key.customer, with: key.contact)
        let language = conversation?.routing.language ?? language
        if let reason = objection(to: request, of: key.customer, turn.now) {
            turn.send(origin.stanza?.reply(error(for: reason, key, language)))
            return false
        }
        let task: Errand.Task
        switch request {
        case .code: task = .code
        case .redeem(let code): task = .redeem(code)
        case .export: task = .request(.export)
        case .erase: task = .request(.erase)
        case .answer(let answer):
            takeAnswer(answer, key, language, from: origin, &turn)
            return true
        }
        turn.errands.append(
            Errand(
                task: task, agent: nil, conversation: conversation?.id ?? ConversationID(""), customer: key.customer,
                contact: key.contact, language: language, origin: turn.later(origin).onlyCommand,
                at: turn.now.milliseconds))
        return true
    }

    /// A customer's wish about the own data is kept: the customer is told so, and supervisors are.
    mutating func requested(
        _ kind: CustomerBook.Request.Kind, _ outcome: CustomerBook.RequestOutcome, _ errand: Errand, _ turn: inout Turn
    ) {
        guard outcome != .tooMany else { return tell(.failed, of: errand, &turn) }
        tell(kind == .export ? .exportAsked : .eraseAsked, of: errand, &turn)
        guard outcome == .kept else { return }
        let wish = kind == .export ? "a copy of what is kept" : "everything to be deleted"
        for supervisor in service.configuration.supervision.supervisors.sorted() {
            tell(
                supervisor, from: nil,
                "\(errand.customer) asks for \(wish). /\(kind.rawValue) \(errand.customer) says what there is; "
                    + "/decline \(errand.customer) \(kind.rawValue) says no.", &turn)
        }
    }

    /// Why something is not taken, in the customer's language.
    func error(for reason: CustomerRefusal, _ key: CustomerKey, _ language: String?) -> StanzaError {
        let texts = service.configuration.catalogue.texts(language: language, contact: key.contact)
        return switch reason {
        case .blocked: StanzaError(.forbidden)
        case .tooFast: StanzaError(.policyViolation, text: texts[.tooFast], language: texts.language)
        case .tooMany: StanzaError(.resourceConstraint, text: texts[.tooMany], language: texts.language)
        }
    }
}

extension Origin {
    /// The command that waits for an answer; what was said in words is answered in words of its own.
    var onlyCommand: Origin {
        if case .pendingCommand = self { self } else { .nobody }
    }
}
