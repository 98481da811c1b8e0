//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

@Suite struct OutgoingQueueTests {
    private func entry(_ id: Int, row: Int64? = nil, mark: String? = nil) throws -> OutgoingQueue.Entry {
        let text = "<message id='\(id)' from='a@acme.example/x' to='t@partner.example'><body>b</body></message>"
        return OutgoingQueue.Entry(
            try Stanza(XMLElement(scripted: text)), row: row, stamp: Int64(id) * 100, mark: mark)
    }

    private func queue(_ change: (inout FederationLimits) -> Void = { _ in }) -> OutgoingQueue {
        var limits = FederationLimits()
        change(&limits)
        return OutgoingQueue(limits)
    }

    @Test func letsOnlySoManyBeOnTheirWay() throws {
        var queue = queue { $0.unacknowledged = 3 }
        for id in 1...5 { #expect(queue.append(try entry(id))) }
        let first = queue.next(10)
        #expect(first.map(\.stanza.id) == ["1", "2", "3"])
        for entry in first { queue.write(entry) }
        #expect(queue.next(10).isEmpty)
        #expect(queue.arrived(2).compactMap(\.row).isEmpty)
        #expect(queue.next(10).map(\.stanza.id) == ["4", "5"])
    }

    @Test func namesWhatIsOnDiskByItsRowAndTime() throws {
        #expect(try entry(7, row: 3).mark == "3.700")
        #expect(try entry(7, row: 3, mark: "m.9").mark == "m.9", "it has been sent before it was written")
        #expect(try entry(7, mark: "m.1").mark == "m.1")
        let presence = try Stanza(XMLElement(scripted: "<presence from='a@acme.example' to='t@partner.example'/>"))
        #expect(OutgoingQueue.Entry(presence, row: 3, stamp: 1).mark == nil)
    }

    @Test func putsBackWhatWasOnItsWayBeforeWhatWaits() throws {
        var queue = queue()
        for id in 1...4 { #expect(queue.append(try entry(id, row: id == 2 ? nil : Int64(id)))) }
        for entry in queue.next(3) { queue.write(entry) }
        let left = queue.putBack { entry, wasWritten in entry.row != nil || !wasWritten }
        #expect(left.map(\.stanza.id) == ["2"])
        #expect(queue.waiting.map(\.stanza.id) == ["1", "3", "4"])
        #expect(queue.written.isEmpty)
    }

    @Test func holdsNoMoreBytesThanAllowed() throws {
        let bytes = try entry(1).bytes
        var queue = queue { $0.queuedBytes = 2 * bytes }
        #expect(queue.append(try entry(1)))
        #expect(queue.append(try entry(2)))
        #expect(!queue.append(try entry(3)))
        for entry in queue.next(1) { queue.drop(entry) }
        #expect(queue.append(try entry(3)))
    }

    @Test func givesUpOnlyWhatIsOldAndOnDisk() throws {
        var queue = queue()
        #expect(queue.append(try entry(1, row: 1)))
        #expect(queue.append(try entry(2, row: 2)))
        #expect(queue.append(try entry(3)))
        #expect(queue.expire(before: 100, all: false).map(\.row) == [1])
        #expect(queue.expire(before: 100, all: true).map(\.row) == [2])
        #expect(queue.count == 1)
    }
}
