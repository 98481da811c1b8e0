//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Names that are easily taken for each other.
@Suite struct SkeletonTests {
    @Test(arguments: [
        ("tom@home.example", "t0m@home.example"), ("tom@home.example", "t\u{43e}m@home.example"),
        ("paul@home.example", "pau1@home.example"), ("Ian", "lan"), ("modern", "rnodern"), ("william", "vvilliam"),
        ("tom.customer", "tomcustomer"), ("Tom Customer", "tom_customer"), ("caf\u{e9}", "cafe\u{301}"),
        ("cafe", "caf\u{e9}"), ("tom", "\u{ff34}om"), ("tom", "\u{1d42d}om"), ("peace", "\u{440}\u{435}ace"),
        ("koala", "\u{3ba}\u{3bf}ala"), ("tom", "t\u{200b}om"), ("tom", "t\u{f8}m"), ("room 5", "roorn5"),
    ])
    func looksAlike(_ one: String, _ other: String) {
        #expect(one != other || one.unicodeScalars.count != other.unicodeScalars.count)
        #expect(Skeleton(of: one) == Skeleton(of: other))
    }

    @Test(arguments: [
        ("tom@home.example", "tom@work.example"), ("tom", "tim"), ("anna", "anne"),
        ("\u{5f20}\u{4f1f}", "\u{738b}\u{82b3}"),
        ("uma", "vma"), ("4711", "4712"),
    ])
    func looksOtherwise(_ one: String, _ other: String) {
        #expect(Skeleton(of: one) != Skeleton(of: other))
    }

    @Test func isBounded() {
        #expect(Skeleton(of: String(repeating: "a", count: 1_000_000)).text.count < 2_000)
        #expect(Skeleton(of: "").text.isEmpty)
    }
}
