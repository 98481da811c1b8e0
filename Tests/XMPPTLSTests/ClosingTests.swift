//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import Testing
import XMPPTLS

@Suite struct ClosingTests {
    @Test(arguments: [TLSSessionInfo.Version.tls12, .tls13])
    func saysGoodbyeBothWays(_ version: TLSSessionInfo.Version) throws {
        let link = try TestConnection(context: TestCertificates.shared.client(maximumVersion: version)).connect()
        try link.client.close().wait()
        try link.exchange()
        #expect(link.serverEnd.events.last == .closed)
        #expect(link.serverEnd.errors.isEmpty)
        #expect(link.clientEnd.errors.isEmpty)
        #expect(!link.server.isActive)
    }

    @Test func sendsWhatIsFlushedDuringTheClosedEvent() throws {
        let link = try TestConnection().connect()
        link.serverEnd.onEvent = { context, event in
            guard event == .closed else { return }
            context.writeAndFlush(NIOAny(ByteBuffer(string: "</stream:stream>")), promise: nil)
        }
        link.client.close(mode: .output, promise: nil)
        try link.exchange()
        #expect(link.clientEnd.bytes == Array("</stream:stream>".utf8))
    }

    @Test func keepsTheOtherHalfOpenWhereAllowed() throws {
        let link = try TestConnection().connect()
        try link.server.setOption(.allowRemoteHalfClosure, value: true).wait()
        link.client.close(mode: .output, promise: nil)
        try link.exchange()
        #expect(link.serverEnd.isInputClosed)
        #expect(link.server.isActive)
        try link.send(Array("last words".utf8), from: link.server)
        #expect(link.clientEnd.bytes == Array("last words".utf8))
        #expect(throws: ChannelError.outputClosed) {
            try link.client.writeAndFlush(ByteBuffer(string: "more")).wait()
        }
    }

    @Test func reportsATruncatedConnection() throws {
        let link = try TestConnection().connect()
        link.server.pipeline.fireChannelInactive()
        #expect(link.serverEnd.errors.map(\.kind) == [.uncleanShutdown])
    }

    @Test func failsWritesThatWereNotFlushed() throws {
        let link = try TestConnection().connect()
        let promise = link.client.eventLoop.makePromise(of: Void.self)
        link.client.write(ByteBuffer(string: "never"), promise: promise)
        link.client.close(promise: nil)
        #expect(throws: ChannelError.ioOnClosedChannel) { try promise.futureResult.wait() }
    }

    @Test func secondCloseEndsWithTheFirst() throws {
        let link = try TestConnection().connect()
        let first = link.client.close()
        let second = link.client.close()
        try first.wait()
        #expect(throws: Never.self) { _ = try? second.wait() }
        #expect(!link.client.isActive)
    }

    @Test func closingAnUnconnectedChannelIsHarmless() throws {
        let link = try TestConnection()
        _ = try? link.client.close().wait()
        #expect(link.clientEnd.errors.isEmpty)
    }

    @Test func askedForReadsAreRenewedWhenNoPlaintextCame() throws {
        final class ReadCounter: ChannelOutboundHandler {
            typealias OutboundIn = ByteBuffer
            var reads = 0
            func read(context: ChannelHandlerContext) {
                reads += 1
                context.read()
            }
        }
        let link = try TestConnection().connect()
        let counter = ReadCounter()
        try link.server.pipeline.syncOperations.addHandler(counter, position: .first)
        link.client.writeAndFlush(ByteBuffer(string: "<message/>"), promise: nil)
        var record = try #require(try link.client.readOutbound(as: ByteBuffer.self))
        let slice = record.readSlice(length: 10)
        let half = try #require(slice)
        link.server.read()
        let before = counter.reads
        try link.server.writeInbound(half)
        #expect(counter.reads > before)
        try link.server.writeInbound(record)
        #expect(link.serverEnd.bytes == Array("<message/>".utf8))
    }
}
