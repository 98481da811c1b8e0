//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPModules

@Suite struct PushNodeTests {
    @Test func tellsOfTheFirstMessageAtOnceAndOfOthersTogether() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 1)
        for key in 2...50 { #expect(node.arrived(key: key) == .nothing) }
        #expect(node.finished(.taken) == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 50)
        #expect(node.finished(.taken) == .nothing)
        #expect(node.arrived(key: 51) == .publish)
    }

    @Test func tellsOfAMessageOnce() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.taken) == .nothing)
        #expect(node.arrived(key: 1) == .nothing)
        #expect(node.count == 1)
        // One without a name cannot be known again.
        #expect(node.arrived(key: nil) == .publish)
        #expect(node.arrived(key: nil) == .nothing)
        #expect(node.count == 3)
    }

    @Test func remembersABoundedNumber() {
        var node = PushNode()
        for key in 0...PushNode.remembered { _ = node.arrived(key: key) }
        #expect(node.count == PushNode.remembered + 1)
        _ = node.arrived(key: PushNode.remembered)
        #expect(node.count == PushNode.remembered + 1)
        // The oldest is forgotten.
        _ = node.arrived(key: 0)
        #expect(node.count == PushNode.remembered + 2)
    }

    @Test func includesWhatComesBeforeItGoesOut() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.arrived(key: 2, sender: "romeo@montague.lit", body: "Hello") == .nothing)
        #expect(node.begins() == true)
        #expect(node.count == 2 && node.lastSender == "romeo@montague.lit" && node.lastBody == "Hello")
        #expect(node.finished(.taken) == .nothing)
    }

    @Test func tellsNothingToADeviceThatIsHere() {
        var node = PushNode()
        #expect(node.arrived(key: 1, sender: "a", body: "b") == .publish)
        node.deviceIsHere()
        #expect(node.begins() == false)
        #expect(node.count == 0 && node.lastSender == nil && node.lastBody == nil)
        #expect(node.arrived(key: 2) == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 1)
    }

    @Test func triesAgainWhatWasRefused() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.refusedForNow) == .wait(seconds: 10))
        #expect(node.arrived(key: 2) == .nothing)
        #expect(node.retry() == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 2)
        #expect(node.finished(.refusedForNow) == .wait(seconds: 20))
        #expect(node.retry() == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.taken) == .nothing)
        // The pauses begin anew.
        #expect(node.arrived(key: 3) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.refusedForNow) == .wait(seconds: 10))
    }

    /// XEP-0357 §7: a service that refuses all the time has forgotten the device, whatever it says.
    @Test func endsAfterManyRefusals() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        for refusal in 1..<PushNode.refusals {
            #expect(node.begins() == true)
            if refusal == 3 {
                // What nobody answers says nothing.
                _ = node.finished(.silence)
                #expect(node.retry() == .nothing)
                #expect(node.arrived(key: 2) == .publish)
                #expect(node.begins() == true)
            }
            guard case .wait = node.finished(.refusedForNow) else {
                Issue.record("ended after \(refusal)")
                return
            }
            #expect(node.retry() == .publish)
        }
        #expect(node.begins() == true)
        #expect(node.finished(.refusedForNow) == .remove)
    }

    @Test func doesNotRepeatWhatMayHaveBeenTaken() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.silence) == .wait(seconds: 10))
        #expect(node.retry() == .nothing)
        // But tells of what is new.
        #expect(node.arrived(key: 2) == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 2)
        #expect(node.finished(.silence) == .wait(seconds: 20))
    }

    @Test func doesNotRepeatToADeviceThatCameBack() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        node.deviceIsHere()
        #expect(node.finished(.refusedForNow) == .wait(seconds: 10))
        #expect(node.retry() == .nothing)
    }

    @Test func pausesLongerEachTimeButNotForever() {
        var node = PushNode()
        var pauses: [PushNode.Step] = []
        for key in 0..<40 {
            #expect(node.arrived(key: key) == .publish)
            #expect(node.begins() == true)
            pauses.append(node.finished(.silence))
            #expect(node.retry() == .nothing)
        }
        #expect(pauses.prefix(3) == [.wait(seconds: 10), .wait(seconds: 20), .wait(seconds: 40)])
        #expect(pauses.last == .wait(seconds: PushNode.longestPause))
        node.enabled()
        #expect(node.arrived(key: 99) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.silence) == .wait(seconds: 10))
    }

    @Test func endsWhenItIsRefusedForGood() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.refusedForGood) == .remove)
    }

    @Test func tellsWhatWasNotToldBeforeTheServerStopped() {
        var node = PushNode(count: 3, told: 1)
        #expect(node.isWaiting)
        #expect(node.arrived(key: 1) == .nothing)
        #expect(node.retry() == .publish)
        #expect(node.begins() == true)
        #expect(node.count == 4 && node.toldCount == 1)
        #expect(node.finished(.taken) == .nothing)
        #expect(node.toldCount == 4)
        var told = PushNode(count: 3, told: 3)
        #expect(!told.isWaiting)
        #expect(told.arrived(key: 1) == .publish)
        var back = PushNode(count: 3, told: 1)
        back.deviceIsHere()
        #expect(back.count == 0 && back.toldCount == 0)
        #expect(back.retry() == .nothing)
    }

    @Test func whatMayHaveBeenTakenCountsAsTold() {
        var node = PushNode()
        #expect(node.arrived(key: 1) == .publish)
        #expect(node.begins() == true)
        #expect(node.finished(.silence) == .wait(seconds: PushNode.firstPause))
        #expect(node.toldCount == 1)
        var refused = PushNode()
        #expect(refused.arrived(key: 1) == .publish)
        #expect(refused.begins() == true)
        #expect(refused.finished(.refusedForNow) == .wait(seconds: PushNode.firstPause))
        #expect(refused.count == 1 && refused.toldCount == 0)
    }
}
