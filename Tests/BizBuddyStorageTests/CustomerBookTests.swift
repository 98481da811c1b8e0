//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Synchronization
import Testing

@Suite struct CustomerBookTests {
    private let folder: TemporaryFolder
    private let book: CustomerBook
    private let tom = CanonicalAddress(CustomerAddress("tom@home.example"))
    private let aim: CanonicalAddress
    private let phone: CanonicalAddress

    init() throws {
        folder = try TemporaryFolder()
        let numbers = Mutex(0)
        book = try CustomerBook(path: folder.file("people.sqlite")) {
            let number = numbers.withLock { number in
                number += 1
                return number
            }
            return "p-\(number)"
        }
        aim = try #require(CanonicalAddress("aim:awesome54"))
        phone = try #require(CanonicalAddress("tel:+14155550123"))
    }

    private func link(_ one: CanonicalAddress, _ other: CanonicalAddress, at: Int64 = 1) async throws {
        #expect(
            try await book.link(one, with: other, trust: .agent, evidence: "alice", actor: "alice", at: at) == .linked)
    }

    private func addresses(_ address: CanonicalAddress) async throws -> Set<CanonicalAddress> {
        Set(try await book.addresses(with: address))
    }

    @Test func knowsNobodyAtFirst() async throws {
        #expect(try await book.person(at: tom) == nil)
        #expect(try await book.addresses(with: tom) == [tom])
    }

    @Test func joinsAndTakesApartWithoutLosingAnything() async throws {
        try await book.note("likes tea", by: "alice", about: tom, at: 1)
        try await book.note("on a boat", by: "bob", about: aim, at: 2)
        _ = try await book.tag("vip", isSet: true, about: tom, at: 1)
        _ = try await book.tag("boat", isSet: true, about: aim, at: 1)
        try await link(tom, aim)
        try await link(tom, phone)
        #expect(try await addresses(phone) == [tom, aim, phone])
        let joined = try #require(try await book.person(at: aim))
        #expect(joined.notes.map(\.text) == ["on a boat", "likes tea"] && joined.tags == ["boat", "vip"])
        #expect(joined.addresses.first { $0.address == phone }?.trust == .agent)
        #expect(joined.addresses.first { $0.address == aim }?.trust == .network, "has written from there before")
        #expect(
            try await book.link(aim, with: phone, trust: .agent, evidence: "", actor: "bob", at: 3) == .alreadyLinked)

        #expect(try await book.unlink(aim, actor: "alice", at: 4) == .linked)
        #expect(try await addresses(aim) == [aim])
        #expect(try await addresses(tom) == [tom, phone])
        let alone = try #require(try await book.person(at: aim))
        #expect(alone.notes.map(\.text) == ["on a boat"] && alone.tags == ["boat"])
        #expect(try await book.unlink(aim, actor: "alice", at: 5) == .notLinked)
    }

    @Test func takesOutTheFirstAsWell() async throws {
        try await link(tom, aim)
        try await link(tom, phone)
        #expect(try await book.unlink(tom, actor: "alice", at: 2) == .linked)
        #expect(try await addresses(tom) == [tom])
        #expect(try await addresses(aim) == [aim, phone])
    }

    @Test func joinsChainsOfPeople() async throws {
        var all: [CanonicalAddress] = []
        for number in 0..<10 { all.append(CanonicalAddress(CustomerAddress("c\(number)@home.example"))) }
        for (one, other) in zip(all, all.dropFirst()) { try await link(other, one) }
        for address in all { #expect(try await addresses(address) == Set(all)) }
    }

    @Test func joinsByACodeThatIsSaidOnce() async throws {
        try await book.keep(code: "123456", for: tom, at: 0)
        #expect(try await book.redeem(code: "123456", from: tom, at: 1) == .wrongCode, "not by the same")
        #expect(try await book.redeem(code: "654321", from: aim, at: 1) == .wrongCode)
        #expect(try await book.redeem(code: "123456", from: aim, at: 2) == .linked)
        #expect(try await book.person(at: aim)?.addresses.first { $0.address == aim }?.trust == .confirmed)
        #expect(try await book.redeem(code: "123456", from: phone, at: 3) == .wrongCode, "good once")
        try await book.keep(code: "111111", for: tom, at: 10)
        #expect(
            try await book.redeem(code: "111111", from: phone, at: 10 + CustomerBook.codeLifetime) == .wrongCode,
            "good for a while")
    }

    @Test func givesNobodyManyTries() async throws {
        try await book.keep(code: "123456", for: tom, at: 0)
        for number in 0..<5 {
            #expect(try await book.redeem(code: "00000\(number)", from: aim, at: 1) == .wrongCode)
        }
        #expect(try await book.redeem(code: "123456", from: aim, at: 2) == .tooManyTries)
        #expect(try await book.redeem(code: "123456", from: phone, at: 2) == .linked, "others have theirs")
        try await book.keep(code: "222222", for: tom, at: CustomerBook.codeLifetime)
        #expect(try await book.redeem(code: "222222", from: aim, at: CustomerBook.codeLifetime + 2) == .linked)
    }

    @Test func keepsTagsAndPreferencesOfAll() async throws {
        try await book.prefer("language", "de", about: tom, at: 1)
        try await link(tom, aim)
        #expect(try await book.person(at: aim)?.preferences == ["language": "de"])
        try await book.prefer("language", "fr", about: aim, at: 2)
        #expect(try await book.person(at: tom)?.preferences == ["language": "fr"])
        try await book.prefer("language", nil, about: tom, at: 3)
        #expect(try await book.person(at: aim)?.preferences.isEmpty == true)
        for number in 0..<60 { _ = try await book.tag("t\(number)", isSet: true, about: tom, at: 4) }
        #expect(try await book.person(at: tom)?.tags.count == 50, "so many and no more")
        #expect(try await book.tag("t1", isSet: false, about: aim, at: 5))
        #expect(try await book.person(at: tom)?.tags.contains("t1") == false)
    }

    @Test func boundsNotes() async throws {
        for number in 0..<210 { try await book.note("n\(number)", by: "alice", about: tom, at: Int64(number)) }
        let notes = try #require(try await book.person(at: tom)).notes
        #expect(notes.count == 200 && notes.first?.text == "n209" && notes.last?.text == "n10")
    }

    @Test func keepsAllOverARestart() async throws {
        try await link(tom, aim)
        try book.close()
        let again = try CustomerBook(path: folder.file("people.sqlite")) { "p-x" }
        #expect(Set(try await again.addresses(with: aim)) == [tom, aim])
        #expect(try await again.subject(of: aim, at: 9) == again.subject(of: tom, at: 9))
    }
}
