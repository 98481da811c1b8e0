//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Testing
import XMPPCore

@testable import XMPPServer

/// Who is given what waited, and who waits for that.
@Suite struct AccountOfflineTests {
    private struct Scene {
        let account: Account
        let desk: SessionHandle
        let phone: SessionHandle
    }

    /// An account with two sessions, of which the desk takes messages.
    private func with(_ body: @escaping @Sendable (Scene) throws -> Void) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        try await loop.submit {
            let resources = LoopResources(loop)
            defer { resources.stop() }
            let bob = try JID("bob@acme.example")
            let account = Account(bob, roster: Roster(version: 0, items: [:]))
            func session(_ id: UInt64, _ resource: String) throws -> SessionHandle {
                let handle = SessionHandle(
                    id: id, jid: try bob.with(resource: resource), link: SessionLink(Silent(), on: resources))
                _ = account.add(BoundSession(handle)) { _ in }
                return handle
            }
            let scene = Scene(account: account, desk: try session(1, "desk"), phone: try session(2, "phone"))
            become(scene.desk, in: account, priority: 1)
            try body(scene)
        }.get()
    }

    private final class Silent: LinkedSession {
        func deliver(_ entry: OutboundQueue.Entry) {}
        func afterTaken(_ body: @escaping @Sendable () -> Void) {}
        func end(_ error: StreamError) {}
        func handOver(_ request: HandOver) {}
    }

    private func become(_ handle: SessionHandle, in account: Account, priority: Int) {
        account.update(handle) { session in
            session.presence = Stanza(.presence, .available)
            session.priority = priority
        }
    }

    private func waiting(_ scene: Scene) -> [SessionHandle] {
        scene.account.targets(inTurn: true)?.catchingUp ?? []
    }

    /// What a dead session has left may be on its way to a new one although another one has been there all the time.
    @Test func nothingOvertakesWhatANewSessionMayBeGiven() async throws {
        try await with { scene in
            #expect(waiting(scene).isEmpty)
            scene.account.expectOffline(scene.phone)
            become(scene.phone, in: scene.account, priority: 5)
            #expect(waiting(scene) == [scene.phone])
            let reading = try #require(scene.account.beginOffline())
            #expect(reading.session == scene.phone)
            #expect(waiting(scene) == [scene.phone])
            #expect(scene.account.endOffline(reading))
            #expect(waiting(scene).isEmpty)
            #expect(!scene.account.isReceivingOffline(scene.phone))
        }
    }

    /// It goes to the desk: the phone need not wait for that.
    @Test func whoIsNotGivenItDoesNotWait() async throws {
        try await with { scene in
            scene.account.expectOffline(scene.phone)
            become(scene.phone, in: scene.account, priority: 0)
            #expect(waiting(scene) == [scene.phone])
            let reading = try #require(scene.account.beginOffline())
            #expect(reading.session == scene.desk)
            #expect(waiting(scene) == [scene.desk])
        }
    }

    /// With the desk alone everything goes by way of the store, until all of that has been handed over.
    @Test func goesOnWhereItStoppedWhenMoreComes() async throws {
        try await with { scene in
            let account = scene.account
            let first = try #require(account.beginOffline())
            #expect(account.targets(inTurn: true) == nil)
            var part = OfflinePart(rows: [5, 6, 7], bytes: 100)
            #expect(account.noteOffline(&part, first))
            // More came meanwhile: it is looked for again.
            #expect(account.beginOffline() == nil)
            #expect(!account.endOffline(first))
            #expect(account.endOffline(first))
            #expect(account.targets(inTurn: true) != nil)
            let second = try #require(account.beginOffline())
            #expect(second.flush == first.flush)
            #expect(account.offlineRoom(second)?.handed == [5, 6, 7])
            #expect(account.endOffline(second))
            // It has arrived.
            #expect(account.isReceivingOffline(scene.desk))
            #expect(!account.removedOffline(part, first))
            #expect(!account.isReceivingOffline(scene.desk))
        }
    }

    @Test func handsOverOnlySoMuch() async throws {
        try await with { scene in
            let account = scene.account
            let reading = try #require(account.beginOffline())
            #expect(!account.pauseOffline(reading))
            var part = OfflinePart(rows: (0..<Int64(OfflineFlush.rowLimit)).map { $0 }, bytes: 1)
            #expect(account.noteOffline(&part, reading))
            #expect(try #require(account.offlineRoom(reading)).rows == 0)
            #expect(account.pauseOffline(reading))
            #expect(account.targets(inTurn: true) == nil)
            // Whatever comes now comes after that.
            #expect(account.beginOffline() == nil)
            account.stallOffline(scene.desk)
            #expect(account.targets(inTurn: true) != nil)
            #expect(account.removedOffline(part, reading))
            #expect(account.offlineRoom(reading)?.rows == OfflineFlush.rowLimit)
            #expect(account.targets(inTurn: true) == nil)
        }
    }

    @Test func anEndIsTheEndOfIt() async throws {
        try await with { scene in
            become(scene.phone, in: scene.account, priority: 9)
            let reading = try #require(scene.account.beginOffline())
            #expect(waiting(scene) == [scene.phone])
            #expect(!scene.account.remove(scene.phone))
            #expect(scene.account.offlineRoom(reading) == nil)
            var part = OfflinePart(rows: [1], bytes: 1)
            #expect(!scene.account.noteOffline(&part, reading))
            #expect(scene.account.endOffline(reading))
            #expect(try #require(scene.account.beginOffline()).session == scene.desk)
        }
    }

    /// What is for one resource alone waits for what was there before, until its client says that it takes that, or says
    /// nothing for a while.
    @Test func whoHasNotSaidThatHeTakesMessagesWaitsForTheStore() async throws {
        try await with { scene in
            let account = scene.account
            func waits() -> Bool? {
                account.targets(ofResource: "phone", inTurn: true).map { $0.catchingUp == [scene.phone] }
            }
            #expect(waits() == false)
            account.noteOfflineRow()
            #expect(waits() == true)
            // The desk is given that; the phone has still not said what it wants.
            let reading = try #require(account.beginOffline())
            #expect(reading.session == scene.desk)
            #expect(waits() == true)
            account.stopExpectingOffline(scene.phone)
            #expect(waits() == false)
            account.noteOfflineRow()
            #expect(waits() == false)
        }
    }

    @Test func aNewSessionWaitsIfSomethingWasThere() async throws {
        try await with { scene in
            let laptop = SessionHandle(id: 3, jid: try JID("bob@acme.example/laptop"), link: scene.desk.link)
            _ = scene.account.add(BoundSession(laptop), hasOffline: { true }) { _ in }
            #expect(scene.account.targets(ofResource: "laptop", inTurn: true)?.catchingUp == [laptop])
            become(laptop, in: scene.account, priority: 3)
            let reading = try #require(scene.account.beginOffline())
            #expect(reading.session == laptop)
            #expect(scene.account.endOffline(reading))
            #expect(scene.account.targets(ofResource: "laptop", inTurn: true)?.catchingUp.isEmpty == true)
        }
    }

    /// A row that is lent between the look and the hand-over is not handed over.
    @Test func whatIsLentIsNotGivenToAnother() async throws {
        try await with { scene in
            let account = scene.account
            let reading = try #require(account.beginOffline())
            #expect(account.lend(2, bytes: 1, toResource: "phone")?.first == scene.phone)
            var part = OfflinePart(rows: [1, 2, 3], bytes: 3)
            #expect(account.noteOffline(&part, reading))
            #expect(part.rows == [1, 3])
            #expect(account.offlineRoom(reading)?.handed == [1, 2, 3])
            // Nor is one lent that has been handed over.
            #expect(account.lend(3, bytes: 1, toResource: "phone") == nil)
            #expect(account.lend(4, bytes: 1, toResource: "tablet") == nil)
        }
    }

    /// Only so much is left to sessions whose clients have not said yet whether they acknowledge.
    @Test func littleIsLent() async throws {
        try await with { scene in
            var lent = LentRows()
            lent.lend(1, bytes: 300_000, to: scene.phone)
            #expect(!lent.haveRoom && lent.areWith(scene.phone))
            lent.take(1)
            lent.end(scene.phone)
            #expect(!lent.areWith(scene.phone) && lent.rows == [1])
            lent.remove(1)
            #expect(lent.haveRoom && lent.rows.isEmpty)
            for row in 1...100 { lent.lend(Int64(row), bytes: 1, to: scene.phone) }
            #expect(!lent.haveRoom)
            lent.end(scene.phone)
            #expect(lent.haveRoom && lent.rows.isEmpty)
        }
    }
}
