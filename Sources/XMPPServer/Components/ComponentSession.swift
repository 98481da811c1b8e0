//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
internal import NIOCore
internal import XMPPCore
internal import XMPPStorage
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A component's stream (XEP-0114), with the acknowledgements of XEP-0198 where both ends know them, so that what is
/// delegated to the component waits in the store until it has been taken.
///
/// Confined to its loop.
final class ComponentSession: StreamDelegate, TimedSession {
    private enum State {
        case opening
        case handshaking(streamID: String, component: ServerConfiguration.Component)
        case connected(ComponentHandle, ServerConfiguration.Component)
        case closed
    }

    /// Rows of the outbox that are on the way at a time.
    private static let window = 256
    /// A component that has said nothing for so long after it connected will not ask for acknowledgements any more.
    private static let decisionTime = TimeAmount.seconds(10)

    /// Bytes that may wait for a component that does not read: the presence of a whole company, and more.
    private static let maximumOverdueBytes = 67_108_864

    private let server: ServerCore
    private let resources: LoopResources
    private let id: UInt64
    private let started: NIODeadline
    private var lastRead: NIODeadline
    private var state = State.opening
    private var hasHeader = false
    private var acknowledges = false
    /// Whether it is known if the component acknowledges: nothing leaves the outbox before, as it could not be kept
    /// until it has arrived.
    private var isDecided = false
    private var handled: UInt32 = 0
    private var outbound = OutboundQueue()
    private var sentThrough: Int64 = 0
    private var isPumping = false
    private var pumpIsDue = false
    private var isPinged = false
    private let stanzas: StanzaPump
    /// Of what is being recorded some is to be delivered then.
    private var recordsDeliveries = false
    var handler: XMLStreamHandler?

    init(_ server: ServerCore, resources: LoopResources, id: UInt64) {
        self.server = server
        self.resources = resources
        self.id = id
        started = .now()
        lastRead = started
        stanzas = StanzaPump(limit: server.configuration.limits.inboxStanzas, resources: resources)
    }

    /// Begins to take stanzas from the handler.
    func start(_ handler: XMLStreamHandler) {
        self.handler = handler
        handler.maximumOverdueBytes = Self.maximumOverdueBytes
        // The closures keep the session until the connection ends, when the pump lets go of them.
        stanzas.start(
            StanzaPump.Owner(
                process: { self.process($0, isInTurn: $1) },
                handled: { self.handled &+= 1 },
                pauseReading: { self.handler?.pauseReading($0) },
                drained: {}))
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) {
        guard case .opening = state else { return close(StreamError(.invalidXml)) }
        let streamID = SecureRandom.hexToken()
        let domain = header.to ?? ""
        hasHeader = true
        handler?.write(
            raw: """
                <?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
                xmlns:stream='http://etherx.jabber.org/streams' xmlns:sb='urn:switchboard:component:1' sb:acks='1' \
                id='\(streamID)' from='\(Self.attribute(domain))'>
                """)
        guard header.namespace == Namespace.streams, header.contentNamespace == Namespace.component else {
            return close(StreamError(.invalidNamespace))
        }
        guard let jid = try? JID(domain), jid.isDomain,
            let component = server.configuration.components[jid.bareString]
        else { return close(StreamError(.hostUnknown)) }
        state = .handshaking(streamID: streamID, component: component)
    }

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        isPinged = false
        switch state {
        case .opening, .closed: break
        case .handshaking(let streamID, let component): authenticate(element, streamID, component)
        case .connected: stanzas.take(element)
        }
    }

    func streamClosed() { close(nil) }

    func streamFailed(_ error: StreamError) { close(error) }

    func streamSecured(_ session: TLSSessionInfo) {}

    func streamReadComplete() {}

    func streamWritabilityChanged(_ isWritable: Bool) {
        if isWritable { pump() }
    }

    func connectionClosed() {
        stanzas.stop()
        handler = nil
        resources.removeSession(id)
        guard case .connected(let handle, _) = state else {
            state = .closed
            return
        }
        state = .closed
        server.components.remove(handle)
        server.log.info("Component disconnected", metadata: ["component": "\(handle.domain)"])
        // What came from the outbox is still there; the rest can only be answered.
        for entry in outbound.drain() where entry.row == nil && entry.stanza.kind == .iq {
            server.background { [server] in await server.bounce(entry.stanza, StanzaError(.remoteServerTimeout))?() }
        }
    }

    func close(_ error: StreamError?) {
        if let error {
            server.metrics.streamErrors.increment()
            server.log.warning("Component stream closed", metadata: ["condition": "\(error.condition.rawValue)"])
            if !hasHeader {
                hasHeader = true
                handler?.write(
                    raw: """
                        <?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
                        xmlns:stream='http://etherx.jabber.org/streams'>
                        """)
            }
            handler?.write(error.element)
        }
        if hasHeader { handler?.write(raw: "</stream:stream>") }
        handler?.close()
    }

    func abort() { handler?.abort() }

    func tick(_ now: NIODeadline) {
        switch state {
        case .opening, .handshaking:
            if now - started > .seconds(Int64(server.configuration.limits.negotiationSeconds)) {
                close(StreamError(.connectionTimeout))
            }
        case .connected:
            if !isDecided, now - started > Self.decisionTime { decide() }
            let silence = now - lastRead
            let limits = server.configuration.limits
            guard acknowledges else {
                // Nothing it would have to answer is asked of it: that it is there shows when it takes a blank.
                if silence > .seconds(Int64(limits.keepAliveSeconds)) {
                    lastRead = now
                    handler?.write(raw: " ")
                }
                return
            }
            if silence > .seconds(Int64(limits.idleSeconds)) {
                close(StreamError(.connectionTimeout))
            } else if silence > .seconds(Int64(limits.keepAliveSeconds)), !isPinged {
                isPinged = true
                handler?.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
            }
        case .closed: break
        }
    }

    private func authenticate(
        _ element: XMLElement, _ streamID: String, _ component: ServerConfiguration.Component
    ) {
        guard element.isNamed("handshake", Namespace.client) else { return close(StreamError(.notAuthorized)) }
        let expected = Hexadecimal.encode(HashFunction.sha1.digest(Array((streamID + component.secret).utf8)))
        guard ConstantTime.equals(Array(expected.utf8), Array(element.text.lowercased().utf8)) else {
            server.metrics.loginFailures.increment()
            return close(StreamError(.notAuthorized))
        }
        let handle = ComponentHandle(id: id, domain: component.domain, resources: resources, session: self)
        guard server.components.add(handle) else { return close(StreamError(.conflict)) }
        state = .connected(handle, component)
        handler?.limits = server.configuration.limits.component
        handler?.write(raw: "<handshake/>")
        server.log.info("Component connected", metadata: ["component": "\(component.domain)"])
    }

    // MARK: From the component

    /// `isInTurn`: nothing that came before is still being recorded.
    private func process(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        guard case .connected(_, let component) = state else { return .none }
        guard let kind = Stanza.kind(of: element) else { return processOther(element, isInTurn: isInTurn) }
        guard isInTurn || kind == .message else { return .later { self.process(element, isInTurn: true) } }
        decide()
        var stanza: Stanza
        do {
            stanza = try Stanza(element)
        } catch {
            close(StreamError(.improperAddressing, text: error.text))
            return .none
        }
        guard let from = stanza.from, stanza.to != nil else {
            close(StreamError(.improperAddressing))
            return .none
        }
        // The component's own domain, and the addresses delegated to it: nothing else (XEP-0114 §5).
        guard from.domain == component.domain || component.delegated.contains(from.bareString) else {
            close(StreamError(.invalidFrom))
            return .none
        }
        // The mark is for us, and goes with what else is not for the recipient.
        let mark = stanza.kind == .message ? stanza.child("sent", ForgedElements.componentNamespace)?["id"] : nil
        let isOthers = { [server] (jid: JID) in
            server.isOwn(jid.domain) && jid.domain != component.domain && !component.delegated.contains(jid.bareString)
        }
        if ForgedElements.areIn(stanza, sender: .component, isOthers: isOthers) {
            stanza = ForgedElements.removed(from: stanza, sender: .component, isOthers: isOthers)
        }
        let cleaned = stanza
        guard acknowledges, let mark else {
            guard isInTurn else { return .later { [server] in StanzaPump.Outcome(server.route(cleaned)) } }
            return StanzaPump.Outcome(server.route(stanza))
        }
        return take(cleaned, once: OnceMark(sender: component.domain, id: mark), isInTurn: isInTurn)
    }

    /// A message that is taken once: recorded beside others that are, or routed in its turn.
    private func take(_ stanza: Stanza, once mark: OnceMark, isInTurn: Bool) -> StanzaPump.Outcome {
        // What was to be delivered may have to wait after all: nothing may be among what waits before it.
        if isInTurn { recordsDeliveries = false }
        guard let recording = server.recording(of: stanza) else {
            // What waits is not begun before its turn.
            return .wait { [server] in await server.takeOnce(stanza, mark) }
        }
        if recording.waits, recordsDeliveries {
            return .later { self.take(stanza, once: mark, isInTurn: true) }
        }
        if !recording.waits { recordsDeliveries = true }
        return .record { [server] completion in
            server.begin(recording, once: mark, mark: nil, completion: completion)
        }
    }

    /// An element that is no stanza.
    private func processOther(_ element: XMLElement, isInTurn: Bool) -> StanzaPump.Outcome {
        // What the component has taken care of has nothing to do with what it sends.
        guard isInTurn || element.nameToken == .a else {
            guard element.nameToken == .r else { return .later { self.process(element, isInTurn: true) } }
            return .inTurn { _ = self.process(element, isInTurn: true) }
        }
        processAcknowledgement(element)
        return .none
    }

    private func processAcknowledgement(_ element: XMLElement) {
        guard element.namespaceToken == .streamManagementNamespace else {
            return close(StreamError(.unsupportedStanzaType))
        }
        switch element.name {
        case "enable":
            guard !acknowledges else {
                handler?.write(
                    XMLElement("failed", "urn:xmpp:sm:3") { XMLElement("unexpected-request", Namespace.stanzaErrors) })
                return
            }
            acknowledges = true
            handled = 0
            outbound = OutboundQueue()
            handler?.write(raw: "<enabled xmlns='urn:xmpp:sm:3'/>")
            decide()
        case "r":
            handler?.write(raw: "<a xmlns='urn:xmpp:sm:3' h='\(handled)'/>")
        case "a":
            guard let h = element["h"].flatMap({ UInt32($0) }), let result = try? outbound.acknowledge(h) else {
                return close(StreamError(.undefinedCondition, text: "More acknowledged than sent."))
            }
            let rows = result.entries.compactMap(\.row)
            if !rows.isEmpty { removeRows(rows) }
            pump()
        default:
            close(StreamError(.unsupportedStanzaType))
        }
    }

    /// From now on the outbox is sent.
    private func decide() {
        guard !isDecided else { return }
        isDecided = true
        pump()
    }

    private func removeRows(_ rows: [Int64]) {
        guard case .connected(let handle, _) = state else { return }
        server.background { [server] in
            do {
                try await server.outbox.remove(handle.domain, ids: rows)
            } catch {
                // They will be sent again, and the component knows them.
                server.log.error("Acknowledged stanzas could not be removed", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: To the component

    func deliver(_ stanza: Stanza, row: Int64? = nil) {
        guard case .connected = state, let handler else {
            if row == nil, stanza.kind != .presence {
                server.background { [server] in
                    await server.bounce(stanza, StanzaError(.serviceUnavailable))?()
                }
            }
            return
        }
        handler.write(stanza)
        guard acknowledges else { return }
        outbound.append(stanza, isStored: row != nil, row: row)
        handler.write(raw: "<r xmlns='urn:xmpp:sm:3'/>")
        guard outbound.count > server.configuration.limits.delegatedStanzas else { return }
        server.metrics.slowClosed.increment()
        close(StreamError(.resourceConstraint, text: "Too much is unacknowledged."))
    }

    /// Sends what waits in the outbox, in order, as long as the component takes it.
    func pump() {
        guard isDecided, case .connected(let handle, let component) = state, !component.delegated.isEmpty else {
            return
        }
        guard !isPumping else {
            pumpIsDue = true
            return
        }
        guard outbound.count < Self.window, handler?.isWritable == true else { return }
        isPumping = true
        pumpIsDue = false
        let bound = NIOLoopBound(self, eventLoop: resources.loop)
        let after = sentThrough
        server.loadPending(for: handle.domain, after: after, limit: Self.window) { [loop = resources.loop] rows in
            loop.execute { bound.value.send(rows, of: component) }
        }
    }

    private func send(_ rows: [StoredOutboxStanza], of component: ServerConfiguration.Component) {
        isPumping = false
        for row in rows {
            sentThrough = max(sentThrough, row.id)
            guard let element = try? XMLElement(parsing: row.stanza), let stanza = try? Stanza(element) else {
                server.log.error("A stored stanza could not be read", metadata: ["row": "\(row.id)"])
                removeRows([row.id])
                continue
            }
            deliver(server.stamped(stanza, row: row.id), row: row.id)
            // A component that cannot acknowledge has it as soon as it is written.
            if !acknowledges { removeRows([row.id]) }
        }
        if pumpIsDue || rows.count == Self.window { pump() }
    }

    private static func attribute(_ text: String) -> String {
        // By scalars: a character that is a letter may have a quote in it.
        var result = ""
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            guard properties.isAlphabetic || properties.numericType != nil || ".-_".unicodeScalars.contains(scalar)
            else { continue }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
