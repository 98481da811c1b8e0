//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage

/// One customer with several addresses.
extension Clerk {
    func join(_ errand: Errand, _ address: CanonicalAddress, _ actor: String) async throws -> ErrandResult {
        func answer(_ text: String) -> ErrandResult { .answer(text, errand.origin) }
        guard let book else { return errand.agent == nil ? .customer(.failed, [:], errand) : answer(Self.noBook) }
        switch errand.task {
        case .code:
            let code = Self.code()
            try await book.keep(code: code, for: address, at: errand.at)
            return .customer(
                .linkCode, ["code": code, "minutes": "\(CustomerBook.codeLifetime / 60_000)"], errand)
        case .redeem(let code):
            if let other = try await book.holder(ofCode: code, askedBy: address, at: errand.at),
                let numbers = await numbers(address, other, errand)
            {
                try await book.drop(code: code)
                try await write(errand, "link", "by code refused: two customer numbers")
                return .different(other, numbers: numbers, errand)
            }
            let outcome = try await book.redeem(code: code, from: address, at: errand.at)
            guard outcome == .linked || outcome == .alreadyLinked else { return .customer(.linkWrong, [:], errand) }
            try await write(errand, "link", "by code")
            return .customer(.linkDone, [:], errand)
        case .link(let text, let isSure):
            guard let other = canonical(text) else { return answer("\"\(text.prefix(100))\" is no address.") }
            if !isSure, let numbers = await numbers(address, other, errand) {
                return answer(
                    "This is customer \(numbers.own), and \(other) is customer \(numbers.other). /link \(text) yes joins them."
                )
            }
            let outcome = try await book.link(
                address, with: other, trust: .agent, evidence: "\(actor) says so", actor: actor, at: errand.at)
            guard outcome == .linked else { return answer("They are the same customer already.") }
            try await write(errand, "link", isSure ? "by an agent who was asked twice" : "by an agent")
            return answer("\(other) is the same customer now. /unlink \(text) takes it back.")
        case .unlink(let text):
            guard let other = canonical(text), let person = try await book.person(at: address),
                person.addresses.contains(where: { $0.address == other })
            else { return answer("This customer has no such address.") }
            guard try await book.unlink(other, actor: actor, at: errand.at) == .linked else {
                return answer("It is the customer's only one.")
            }
            try await write(errand, "unlink", "by an agent")
            return answer("\(other) is somebody else again.")
        default: return answer("")
        }
    }

    /// The customer numbers of two addresses, if both are known for certain and differ.
    private func numbers(
        _ address: CanonicalAddress, _ other: CanonicalAddress, _ errand: Errand
    ) async -> (own: String, other: String)? {
        async let first = number(of: address, errand)
        async let second = number(of: other, errand)
        guard let own = await first, let other = await second, own != other else { return nil }
        return (own, other)
    }

    private func number(of address: CanonicalAddress, _ errand: Errand) async -> String? {
        let query = await query(errand.conversation, address, errand.contact)
        guard let record = await records.wholeRecord(query), record.match == .exact, !record.customerID.isEmpty
        else { return nil }
        return record.customerID
    }

    /// Six digits.
    private static func code() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = String(Int.random(in: 0...999_999, using: &generator))
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
