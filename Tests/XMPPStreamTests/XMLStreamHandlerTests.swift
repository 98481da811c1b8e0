//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import Testing
import XMPPCore
import XMPPXML

@testable import XMPPStream

@Suite struct XMLStreamHandlerTests {
    let stream: StreamHandlerFixture

    init() throws {
        stream = try StreamHandlerFixture()
    }

    // MARK: Reading

    @Test func tellsEventsInOrder() {
        stream.read(StreamHandlerFixture.opening, "<a xmlns='x'/><mess", "age/></stream:stream>")
        #expect(stream.delegate.log == ["opened acme.example", "element a", "element message", "closed", "read"])
    }

    @Test func reportsWhatIsNoStream() {
        stream.open()
        stream.read("<message><body></message>")
        #expect(stream.delegate.log == ["failed not-well-formed", "read"])
    }

    /// RFC 6120 §5.4.3.3: what was sent before TLS is in force must not be taken for what comes after.
    @Test func refusesBytesBehindRestart() {
        stream.open()
        let handler = stream.handler
        stream.delegate.onElement = { _ in handler.restart() }
        stream.read("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:stream>")
        #expect(stream.delegate.log == ["element starttls", "failed policy-violation", "read"])
    }

    @Test func takesHeaderAfterRestart() {
        stream.open()
        let handler = stream.handler
        stream.delegate.onElement = { _ in handler.restart() }
        stream.read("<a xmlns='x'/>")
        stream.read(StreamHandlerFixture.opening)
        #expect(stream.delegate.log == ["element a", "read", "opened acme.example", "read"])
    }

    @Test func hearsNothingAfterClosing() {
        stream.open()
        let handler = stream.handler
        stream.delegate.onElement = { _ in handler.close() }
        stream.read("<a xmlns='x'/><b xmlns='x'/>", "<c xmlns='x'/>")
        #expect(stream.delegate.log.filter { $0.hasPrefix("element") } == ["element a"])
    }

    /// The write before the end fails, and the channel reads what the peer had sent.
    @Test func hearsNothingWhileItCloses() {
        stream.open()
        stream.handler.write(raw: "<a/>")
        stream.recorder.dying = ["<late xmlns='x'/>"]
        stream.handler.close()
        #expect(stream.delegate.log.filter { $0.hasPrefix("element") } == [])
        #expect(stream.delegate.log.last == "gone")
    }

    /// The same in the middle of a read: nothing is heard before what came first, or without it.
    @Test func hearsNothingOutOfTurn() {
        stream.open()
        let (handler, recorder) = (stream.handler, stream.recorder)
        stream.delegate.onElement = { element in
            guard element.name == "a" else { return }
            handler.write(raw: "<answer/>")
            recorder.dying = ["<c xmlns='x'/>"]
            handler.flushNow()
        }
        stream.read("<a xmlns='x'/><b xmlns='x'/>")
        let heard = stream.delegate.log.filter { $0.hasPrefix("element") }
        #expect(["element a", "element b", "element c"].starts(with: heard))
        #expect(stream.delegate.log.contains("gone"))
    }

    @Test func holdsReadsWhilePaused() {
        stream.open()
        stream.recorder.reads = 0
        stream.handler.pauseReading(true)
        stream.channel.read()
        stream.channel.read()
        #expect(stream.recorder.reads == 0)
        stream.handler.pauseReading(false)
        #expect(stream.recorder.reads == 1)
        stream.channel.read()
        #expect(stream.recorder.reads == 2)
    }

    @Test func readsNothingOnResumeThatWasNotWanted() {
        stream.open()
        stream.recorder.reads = 0
        stream.handler.pauseReading(true)
        stream.handler.pauseReading(false)
        #expect(stream.recorder.reads == 0)
    }

    // MARK: Writing

    @Test func writesBurstAtOnce() {
        stream.open()
        for number in 1...3 { stream.handler.write(XMLElement("message", Namespace.client, ["id": "\(number)"])) }
        #expect(stream.recorder.log.isEmpty)
        #expect(stream.handler.pendingBytes > 0)
        stream.channel.embeddedEventLoop.run()
        #expect(
            stream.recorder.log == [
                "write <message id='1'/><message id='2'/><message id='3'/>", "flush",
            ])
        #expect(stream.handler.pendingBytes == 0)
    }

    @Test func answersReadInOneWrite() {
        stream.open()
        let handler = stream.handler
        stream.delegate.onElement = { handler.write(XMLElement("iq", Namespace.client, ["id": $0["id"]])) }
        stream.read("<iq id='1'/><iq id='2'/>", "<iq id='3'/>")
        #expect(stream.recorder.log == ["write <iq id='1'/><iq id='2'/><iq id='3'/>", "flush"])
        stream.channel.embeddedEventLoop.run()
        #expect(stream.recorder.log.count == 2)
    }

    @Test func keepsNoBufferWhenIdle() {
        stream.open()
        stream.handler.write(raw: "<a/>")
        stream.channel.embeddedEventLoop.run()
        let buffer = Mirror(reflecting: stream.handler).descendant("out") as? ByteBuffer
        #expect(buffer?.capacity == 0)
    }

    @Test func tellsWhenAllBeforeIsWritten() {
        stream.open()
        let recorder = stream.recorder
        let bound = NIOLoopBound(recorder, eventLoop: stream.channel.eventLoop)
        stream.handler.write(raw: "<a/>")
        stream.handler.afterWritten { bound.value.log.append("told") }
        #expect(recorder.log == ["write <a/>", "flush", "write ", "flush", "told"])
    }

    // MARK: Closing

    @Test func sendsEverythingBeforeClosing() {
        stream.open()
        stream.handler.write(raw: "<a/>")
        stream.handler.write(raw: "</stream:stream>")
        stream.handler.close()
        stream.handler.close()
        #expect(stream.recorder.log == ["write <a/></stream:stream>", "flush", "close"])
        #expect(stream.delegate.log == ["gone"])
    }

    @Test func writesNothingAfterClosing() {
        stream.open()
        stream.handler.close()
        stream.recorder.log = []
        stream.handler.write(raw: "<late/>")
        stream.handler.write(XMLElement("message", Namespace.client))
        stream.handler.afterWritten { Issue.record("nothing is written any more") }
        stream.channel.embeddedEventLoop.run()
        #expect(stream.recorder.log.isEmpty)
        #expect(stream.handler.pendingBytes == 0)
    }

    @Test func abortsWithoutSending() {
        stream.open()
        stream.handler.write(raw: "<a/>")
        stream.handler.abort()
        stream.channel.embeddedEventLoop.run()
        #expect(stream.recorder.log == ["close"])
        #expect(stream.delegate.log == ["gone"])
    }

    @Test func saysOnceThatTheConnectionIsGone() throws {
        stream.open()
        try stream.channel.close().wait()
        stream.channel.embeddedEventLoop.run()
        #expect(stream.delegate.log == ["gone"])
        #expect(!stream.handler.isWritable)
    }

    @Test func closesWhenThePeerHasNoMoreToSay() {
        stream.open()
        stream.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(stream.recorder.log == ["close"])
    }

    @Test func closesOnErrorsOfTheTransport() {
        stream.open()
        stream.channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(stream.delegate.log == ["gone"])
    }

    @Test func passesWritabilityOn() {
        stream.open()
        stream.channel.isWritable = false
        stream.channel.pipeline.fireChannelWritabilityChanged()
        #expect(stream.delegate.log == ["writable false"])
        #expect(!stream.handler.isWritable)
    }
}
