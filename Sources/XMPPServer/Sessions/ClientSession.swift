//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import DequeModule
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A client's connection from its first byte to its last (RFC 6120). Confined to its event loop; the rest of the server
/// knows it by its ``SessionHandle``.
final class ClientSession: StreamDelegate, TimedSession {
    enum State {
        case negotiating
        case bound(SessionHandle)
        case closed
    }

    let server: ServerCore
    let resources: LoopResources
    let id: UInt64
    let address: String
    private let tlsContexts: TLSContextStore?
    private let started: NIODeadline
    private var lastRead: NIODeadline
    private var isPinged = false
    private var tls: TLSHandler?
    private var isSecure: Bool
    private var hasHeader = false
    private(set) var handler: XMLStreamHandler?
    var negotiator: ResponderNegotiator
    var state = State.negotiating
    /// While the store is asked for something that log-in needs.
    let stanzas: StanzaPump
    let directed = DirectedPresence()

    // XEP-0198
    var acknowledges = false
    var handled: UInt32 = 0
    var outbound = OutboundQueue()

    // A client that does not read
    private var held: Deque<OutboundQueue.Entry> = []
    private var heldBytes = 0
    private var isDraining = false
    private var closesWhenDrained = false
    /// The end of the stream has been sent: what comes now is not for this connection.
    private var isClosing = false
    /// What came after the connection had ended; nil while it lives and once nothing more is expected.
    private var late: [Stanza]?

    init(
        _ server: ServerCore, resources: LoopResources, id: UInt64, address: String, policy: ResponderPolicy,
        tlsContexts: TLSContextStore?, tls: TLSHandler?
    ) {
        self.server = server
        self.resources = resources
        self.id = id
        self.address = address
        self.tlsContexts = tlsContexts
        self.tls = tls
        isSecure = policy.isDirectTLS
        started = .now()
        lastRead = started
        negotiator = ResponderNegotiator(policy)
        stanzas = StanzaPump(limit: server.configuration.limits.inboxStanzas, resources: resources)
    }

    /// Begins to take stanzas from the handler.
    func start(_ handler: XMLStreamHandler) {
        self.handler = handler
        // The closures keep the session until the connection ends, when the pump lets go of them.
        stanzas.start(
            StanzaPump.Owner(
                process: { self.process($0) },
                handled: { self.handled &+= 1 },
                pauseReading: { self.handler?.pauseReading($0) },
                drained: { self.drained() }))
    }

    var handle: SessionHandle? {
        guard case .bound(let handle) = state else { return nil }
        return handle
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) {
        guard case .negotiating = state else { return close(StreamError(.invalidXml)) }
        run(
            negotiator.opened(header) { host, account, isSecure in
                let context = StreamFeatureContext(host: host, account: account, isSecure: isSecure)
                var features = server.tables.streamFeatures.compactMap { $0(context) }
                if account != nil { features.append(Self.streamManagement) }
                return features
            })
    }

    private static let streamManagement = XMLElement("sm", "urn:xmpp:sm:3")

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        isPinged = false
        stanzas.take(element)
    }

    func streamClosed() {
        // What came before still counts.
        if stanzas.isIdle { close(nil) } else { closesWhenDrained = true }
    }

    private func drained() {
        if closesWhenDrained { close(nil) }
    }

    func streamFailed(_ error: StreamError) { close(error) }

    func streamSecured(_ session: TLSSessionInfo) {
        isSecure = true
        hasHeader = false
        // TLS 1.3 always has the exporter; its value takes a derivation and is made when it is asked for.
        negotiator.secured(
            offering: ChannelBindingType.allCases.filter { type in
                type == .tlsExporter && session.version == .tls13 || tls?.channelBinding(type) != nil
            })
    }

    /// The data that a mechanism with channel binding is checked against.
    private func provideBindings(for element: XMLElement) {
        guard element.name == "auth", element["mechanism"]?.hasSuffix("-PLUS") == true, let tls else { return }
        var bindings: [ChannelBindingType: [UInt8]] = [:]
        for type in ChannelBindingType.allCases { bindings[type] = tls.channelBinding(type) }
        negotiator.provide(bindings: bindings)
    }

    /// An element before a resource is bound.
    func negotiate(_ element: XMLElement) {
        provideBindings(for: element)
        run(negotiator.received(element))
    }

    func streamReadComplete() {}

    /// Every burst asks for its acknowledgement, whether or not the client ever says anything of itself.
    func streamWillFlush() {
        requestAcknowledgement()
    }

    func connectionClosed() {
        stanzas.stop()
        handler = nil
        tls = nil
        resources.removeSession(id)
        guard case .bound(let handle) = state else {
            state = .closed
            return
        }
        state = .closed
        let lost = outbound.drain() + held
        held = []
        late = []
        let directed = directed.take()
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        server.redeliveries.begin(handle.jid.bareString)
        server.background(on: resources) { [server, resources] in
            await server.sessionEnded(handle, directed: directed)?()
            for entry in lost where !entry.isStored { await server.redeliver(entry.stanza, arrived: entry.arrived) }
            while let more = try? await resources.loop.submit({ bound.value.takeLate() }).get(), !more.isEmpty {
                for stanza in more { await server.redeliver(stanza) }
            }
            server.redeliveries.end(handle.jid.bareString)
        }
    }

    /// What has come since the last call; after an empty answer no more is collected.
    private func takeLate() -> [Stanza] {
        let taken = late ?? []
        late = taken.isEmpty ? nil : []
        return taken
    }

    /// Sends the error, if there is one, and the end of the stream, then closes the connection.
    func close(_ error: StreamError?) {
        guard let handler else { return }
        if let error {
            server.metrics.streamErrors.increment()
            server.log.debug(
                "Stream error", metadata: ["condition": "\(error.condition.rawValue)", "address": "\(address)"])
            // RFC 6120 §4.9.1.2: an error during set-up still comes inside a stream.
            if !hasHeader { write(StreamHeader(from: negotiator.hostName, id: SecureRandom.hexToken())) }
            handler.write(error.element)
        }
        if hasHeader { handler.write(raw: "</stream:stream>") }
        isClosing = true
        handler.close()
    }

    func abort() { handler?.abort() }

    /// Checks deadlines.
    func tick(_ now: NIODeadline) {
        let limits = server.configuration.limits
        guard case .bound = state else {
            if now - started > .seconds(Int64(limits.negotiationSeconds)) {
                close(StreamError(.connectionTimeout))
            }
            return
        }
        let silence = now - lastRead
        if silence > .seconds(Int64(limits.idleSeconds)) {
            close(StreamError(.connectionTimeout))
        } else if silence > .seconds(Int64(limits.keepAliveSeconds)), !isPinged {
            isPinged = true
            ping()
        }
    }

    private func ping() {
        guard let handle else { return }
        if acknowledges {
            handler?.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
        } else {
            handler?.write(
                Stanza(
                    .iq, .get, id: SecureRandom.hexToken(bytes: 6), from: handle.jid.domainJID, to: handle.jid
                ) { XMLElement("ping", "urn:xmpp:ping") })
        }
    }

    // MARK: Negotiation's output

    func write(_ header: StreamHeader) {
        guard let handler else { return }
        hasHeader = true
        var text = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='\(Namespace.streams)'"
        for (name, value) in [
            ("id", header.id), ("from", header.from), ("to", header.to), ("version", header.version),
            ("xml:lang", header.language),
        ] {
            guard let value else { continue }
            text += " \(name)='\(Self.escaped(value))'"
        }
        handler.write(raw: text + ">")
    }

    private static func escaped(_ value: String) -> String {
        // Addresses and ids hardly ever hold one of them.
        guard value.utf8.contains(where: { "&<>'\"".utf8.contains($0) }) else { return value }
        var result = ""
        // By scalars: a quote with a combining mark behind it is another character, but still a quote.
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&apos;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    func startTLS() {
        guard let handler, let tlsContexts else { return close(StreamError(.internalServerError)) }
        do {
            let tls = try TLSHandler(server: tlsContexts, applicationProtocols: .none)
            self.tls = tls
            handler.startTLS(tls)
        } catch {
            server.log.error("TLS could not be started", metadata: ["error": "\(error)"])
            close(StreamError(.internalServerError))
        }
    }

    func restart() {
        hasHeader = false
        handler?.restart()
    }

    // MARK: Delivery

    /// Takes a stanza for the client: written, or held while the client does not read.
    func deliver(_ stanza: Stanza, isStored: Bool = false) {
        let entry = OutboundQueue.Entry(stanza: stanza, isStored: isStored, row: nil)
        guard case .bound = state, let handler else {
            guard !isStored else { return }
            if late != nil {
                late?.append(stanza)
            } else {
                server.background { [server] in await server.redeliver(stanza) }
            }
            return
        }
        guard handler.isWritable, held.isEmpty, !isClosing else { return hold(entry) }
        send(entry, handler)
    }

    /// Calls `body` when all that was delivered before has arrived, as far as can be told.
    func afterTaken(_ body: @escaping @Sendable () -> Void) {
        guard case .bound = state, let handler else { return }
        if acknowledges {
            outbound.barrier(body)
            requestAcknowledgement()
        } else {
            handler.afterWritten(body)
        }
    }

    private func send(_ entry: OutboundQueue.Entry, _ handler: XMLStreamHandler) {
        handler.write(entry.stanza)
        server.metrics.delivered.increment()
        guard acknowledges else { return }
        outbound.append(entry.stanza, isStored: entry.isStored)
        let limits = server.configuration.limits
        if outbound.count > limits.unacknowledgedStanzas || outbound.bytes > limits.unacknowledgedBytes {
            server.metrics.slowClosed.increment()
            close(StreamError(.resourceConstraint, text: "Too much is unacknowledged."))
        } else if outbound.sinceRequest >= Self.requestInterval {
            requestAcknowledgement()
        }
    }

    /// Stanzas after which the client is asked, within a burst.
    private static let requestInterval = 16

    func requestAcknowledgement() {
        guard acknowledges, outbound.sinceRequest > 0 else { return }
        outbound.sinceRequest = 0
        handler?.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
    }

    /// Presence gives way first; if that is not enough the session ends, and its messages go where those of an offline
    /// account go.
    private func hold(_ entry: OutboundQueue.Entry) {
        let limit = server.configuration.limits.outboxBytes
        if entry.stanza.kind == .presence, heldBytes > limit / 2 {
            server.metrics.presenceDropped.increment()
            return
        }
        held.append(entry)
        heldBytes += entry.byteCount
        guard heldBytes > limit, !isClosing else { return }
        server.metrics.slowClosed.increment()
        close(StreamError(.resourceConstraint, text: "The client does not read."))
    }

    func streamWritabilityChanged(_ isWritable: Bool) {
        guard isWritable, !isDraining else { return }
        isDraining = true
        // A burst that the network takes at once brings no further call: go on until it takes no more.
        while let handler, handler.isWritable, !isClosing, !held.isEmpty {
            while !isClosing, handler.pendingBytes < Self.burst, let entry = held.popFirst() {
                heldBytes -= entry.byteCount
                send(entry, handler)
            }
            handler.flushNow()
        }
        isDraining = false
        requestAcknowledgement()
    }

    /// Bytes written at a time when a slow client takes more again.
    private static let burst = 65_536
}
