//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import Testing
import XMPPTLS

@Suite struct TransferTests {
    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    @Test(arguments: [1, 300, 16384, 16385, 1_000_000], [nil, 1500, 16384] as [Int?])
    func carriesDataOfAnySize(_ size: Int, _ chunk: Int?) throws {
        let link = try TestConnection().connect()
        link.chunk = chunk
        let data = pattern(size)
        try link.send(data, from: link.client)
        try link.send(data, from: link.server)
        #expect(link.serverEnd.bytes == data)
        #expect(link.clientEnd.bytes == data)
    }

    @Test func decryptsAcrossASplitAtEachByte() throws {
        let link = try TestConnection().connect()
        let data = pattern(40)
        for split in 1..<60 {
            link.client.writeAndFlush(ByteBuffer(bytes: data), promise: nil)
            var record = try #require(try link.client.readOutbound(as: ByteBuffer.self))
            let slice = record.readSlice(length: min(split, record.readableBytes))
            let first = try #require(slice)
            link.serverEnd.bytes = []
            try link.server.writeInbound(first)
            try link.server.writeInbound(record)
            #expect(link.serverEnd.bytes == data)
        }
    }

    @Test func makesOneRecordPerFlush() throws {
        let link = try TestConnection().connect()
        for _ in 0..<10 { link.client.write(ByteBuffer(string: "<message/>"), promise: nil) }
        #expect(try link.client.readOutbound(as: ByteBuffer.self) == nil)
        link.client.flush()
        let record = try #require(try link.client.readOutbound(as: ByteBuffer.self))
        #expect(try link.client.readOutbound(as: ByteBuffer.self) == nil)
        // 100 bytes of plaintext, and of TLS 1.3: 5 header, 1 type, 16 tag.
        #expect(record.readableBytes == 122)
        try link.server.writeInbound(record)
        #expect(link.serverEnd.reads == 1)
        #expect(link.serverEnd.bytes.count == 100)
    }

    @Test func makesOneBufferOfManyRecords() throws {
        let link = try TestConnection().connect()
        var burst = ByteBuffer()
        for _ in 0..<5 {
            link.client.writeAndFlush(ByteBuffer(string: "<presence/>"), promise: nil)
            var record = try #require(try link.client.readOutbound(as: ByteBuffer.self))
            burst.writeBuffer(&record)
        }
        try link.server.writeInbound(burst)
        #expect(link.serverEnd.reads == 1)
        #expect(link.serverEnd.bytes.count == 55)
    }

    @Test func holdsWritesUntilTheHandshakeIsDone() throws {
        let link = try TestConnection()
        let flushed = link.client.eventLoop.makePromise(of: Void.self)
        link.client.write(ByteBuffer(string: "one "), promise: nil)
        link.client.writeAndFlush(ByteBuffer(string: "two"), promise: flushed)
        link.client.write(ByteBuffer(string: " three"), promise: nil)
        try link.connect()
        try flushed.futureResult.wait()
        #expect(link.serverEnd.bytes == Array("one two".utf8))
        link.client.flush()
        try link.exchange()
        #expect(link.serverEnd.bytes == Array("one two three".utf8))
    }

    @Test func boundsWhatIsHeld() throws {
        let link = try TestConnection()
        let promise = link.client.eventLoop.makePromise(of: Void.self)
        let data = ByteBuffer(repeating: 0, count: TLSHandler.maximumQueuedBytes + 1)
        link.client.write(data, promise: promise)
        #expect(link.clientEnd.errors.map(\.kind) == [.queueFull])
        #expect(throws: (any Error).self) { try promise.futureResult.wait() }
    }

    @Test func failsOnAlteredBytes() throws {
        let link = try TestConnection().connect()
        link.client.writeAndFlush(ByteBuffer(string: "<message/>"), promise: nil)
        var record = try #require(try link.client.readOutbound(as: ByteBuffer.self))
        record.setInteger(UInt8(0x55), at: record.writerIndex - 1)
        record.setInteger(UInt8(0x55), at: record.writerIndex - 2)
        _ = try? link.server.writeInbound(record)
        #expect(link.serverEnd.errors.map(\.kind) == [.protocolViolation])
        #expect(link.serverEnd.bytes.isEmpty)
        #expect(!link.server.isActive)
    }

    @Test func startsInARunningPipeline() throws {
        let store = try TLSContextStore(fallback: TestCertificates.shared.one)
        let link = try TestConnection()
        // Plaintext first, on channels without TLS.
        let client = EmbeddedChannel()
        let server = EmbeddedChannel()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 5222)
        try client.connect(to: address).wait()
        try server.connect(to: address).wait()
        server.writeAndFlush(ByteBuffer(string: "<proceed/>"), promise: nil)
        let serverTLS = try TLSHandler(server: store)
        try server.pipeline.syncOperations.addHandler(serverTLS, position: .first)
        #expect(try server.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "<proceed/>"))
        let clientTLS = try TLSHandler(client: TestCertificates.shared.client(), serverName: "one.example")
        try client.pipeline.syncOperations.addHandler(clientTLS, position: .first)
        for _ in 0..<4 {
            while let bytes = try client.readOutbound(as: ByteBuffer.self) { try server.writeInbound(bytes) }
            while let bytes = try server.readOutbound(as: ByteBuffer.self) { try client.writeInbound(bytes) }
        }
        #expect(clientTLS.sessionInfo != nil)
        #expect(serverTLS.sessionInfo != nil)
        withExtendedLifetime(link) {}
    }
}
