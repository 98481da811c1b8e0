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
internal import XMPPStorage
internal import XMPPStream
internal import XMPPTLS
internal import XMPPXML

/// A client's connection from its first byte to its last (RFC 6120). Confined to its event loop; the rest of the server
/// knows it by its ``SessionHandle``.
final class ClientSession: StreamDelegate, TimedSession, LinkedSession, QueueOwner {
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
    let started: NIODeadline
    private(set) var lastRead: NIODeadline
    private var isPinged = false
    private var tls: TLSHandler?
    private(set) var isSecure: Bool
    private var hasHeader = false
    private(set) var handler: XMLStreamHandler?
    var negotiator: ResponderNegotiator
    /// How the client has logged in.
    var mechanism: String?
    /// Invitations and attempts before log-in.
    /// The fingerprint of the certificate that the client has shown.
    private(set) var certificate: [UInt8]?
    var registration = StreamRegistration()
    var state = State.negotiating
    /// What the token that is shown was checked against.
    var tokenLogin: TokenService.Login?
    /// What is known of the device that logs in with its account's password.
    var knownDevice: StoredDevice?
    /// While the store is asked for something that log-in needs.
    let stanzas: StanzaPump
    let directed = DirectedPresence()
    var clientState: ClientStateQueue

    // XEP-0198
    var acknowledges = false
    var handled: UInt32 = 0
    /// Stanzas that have been begun with: where nothing is under way as many as are handled.
    var begun: UInt32 = 0
    /// What the client's words are written in unless it says otherwise, as its stream says (RFC 6120 §4.7.4).
    private(set) var language: String?
    /// Bytes of a language's tag (RFC 5646 §4.4.1).
    private static let languageLength = 35
    /// Of what is being recorded some is to be delivered then.
    var recordsDeliveries = false
    /// Nothing of what is being recorded is written before it goes on.
    var passesAll = false
    /// Acknowledgements that wait until they are true whatever happens.
    var owed: Deque<UInt32> = []
    /// The stanza in hand if it may change what the store knows of the session, and whether one has.
    var changing: Stanza.Kind?
    var statusMayHaveChanged = false
    var isSpilling = false
    /// Since when the session is new here, and may have to be given what waited before anything else.
    var youngSince: NIODeadline?
    /// Whether the client acknowledges is still to be heard.
    var isUnsettled = false
    var settling: Scheduled<Void>?
    /// Since when what came from the offline store has waited for an acknowledgement.
    var awaitedSince: NIODeadline?
    /// Since when the client is sent nothing because it acknowledges nothing.
    var heldBackSince: NIODeadline?
    /// A part of the queue is on its way from the disk.
    var isLoading = false
    var outbound = OutboundQueue()
    /// Set if the client acknowledges.
    var resumption: Resumption?
    /// Another session is on its way to this connection.
    var isResuming = false
    /// What was asked of that session before it came.
    var early: [(ClientSession) -> Void] = []
    /// The session is here, and `<resumed/>` or `<success/>` goes out before anything else.
    var isReplaying = false
    /// The connection that has asked for this session first, and those after it.
    var successor: HandOver?
    var laterSuccessors: [HandOver] = []
    /// The session was to end while it was on its way to its successor.
    var endOfSuccessor: StreamError?

    var isDraining = false
    private var closesWhenDrained = false
    /// The end of the stream has been sent: what comes now is not for this connection.
    var isClosing = false
    /// With the connection the session ends.
    var isEnding = false

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
        clientState = ClientStateQueue(limit: server.configuration.limits.inactiveStanzas)
        stanzas = StanzaPump(limit: server.configuration.limits.inboxStanzas, resources: resources)
    }

    /// Begins to take stanzas from the handler.
    func start(_ handler: XMLStreamHandler) {
        self.handler = handler
        // The closures keep the session until the connection ends, when the pump lets go of them.
        stanzas.start(
            StanzaPump.Owner(
                process: { self.process($0, isInTurn: $1) },
                handled: { self.countHandled() },
                pauseReading: { self.handler?.pauseReading($0) },
                drained: { self.drained() }))
    }

    private func countHandled() {
        handled &+= 1
        guard let kind = changing else { return }
        changing = nil
        noteChange(isStatus: true, soon: kind == .presence)
    }

    var jid: JID? { handle?.jid }

    var handle: SessionHandle? {
        guard case .bound(let handle) = state else { return nil }
        return handle
    }

    // MARK: Stream

    func streamOpened(_ header: StreamHeader) {
        guard case .negotiating = state else { return close(StreamError(.invalidXml)) }
        language = header.language.flatMap { $0.isEmpty || $0.utf8.count > Self.languageLength ? nil : $0 }
        run(negotiator.opened(header, features: ownFeatures))
    }

    /// The stream features of the server's own that hold now.
    var ownFeatures: ResponderNegotiator.OwnFeatures {
        ResponderNegotiator.OwnFeatures(variant: acknowledges ? 1 : 0) {
            [server, acknowledges] host, isLoggedIn, isSecure in
            let context = StreamFeatureContext(
                host: host, isLoggedIn: isLoggedIn, isSecure: isSecure, limits: server.configuration.limits)
            var features = server.tables.streamFeatures.compactMap { $0(context) }
            if isLoggedIn, !acknowledges { features.append(Self.streamManagement) }
            return features
        }
    }

    private static let streamManagement = XMLElement("sm", "urn:xmpp:sm:3")

    func streamReceived(_ element: XMLElement) {
        lastRead = .now()
        isPinged = false
        stanzas.take(element)
    }

    func streamClosed() {
        isEnding = true
        // What came before still counts.
        if stanzas.isIdle { close(nil) } else { closesWhenDrained = true }
    }

    private func drained() {
        if successor != nil {
            finishHandOver()
        } else if handler == nil {
            leave()
        } else if closesWhenDrained {
            close(nil)
        }
    }

    func streamFailed(_ error: StreamError) { close(error) }

    func streamSecured(_ session: TLSSessionInfo) {
        isSecure = true
        hasHeader = false
        if let shown = session.peerCertificate {
            certificate = shown.fingerprint
            let addresses = shown.xmppAddresses.compactMap { try? JID($0) }
            if shown.isTrusted { negotiator.certified(addresses: addresses) }
            if server.configuration.authentication.takesOwnCertificates, shown.isInDate(.now()) {
                negotiator.shown(addresses: addresses)
            }
        }
        // TLS 1.3 always has the exporter; its value takes a derivation and is made when it is asked for.
        negotiator.secured(
            offering: ChannelBindingType.allCases.filter { type in
                type == .tlsExporter && session.version == .tls13 || tls?.channelBinding(type) != nil
            })
    }

    /// The data that a mechanism with channel binding is checked against.
    private func provideBindings(for element: XMLElement) {
        guard element.name == "auth" || element.name == "authenticate", let tls, let mechanism = element["mechanism"],
            mechanism.hasSuffix("-PLUS") || mechanism.hasPrefix("HT-")
        else { return }
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
        // Nothing comes behind the end of the stream.
        guard !isClosing else { return }
        requestAcknowledgement()
    }

    func connectionClosed() {
        handler = nil
        tls = nil
        resources.removeSession(id)
        // Otherwise the old connection has still to do what came by it.
        guard successor == nil, !isResuming else { return }
        leave()
    }

    /// The connection has gone: the session waits for its client, or ends.
    func leave() {
        guard case .bound(let handle) = state else {
            state = .closed
            return stanzas.stop()
        }
        guard resumption?.isOffered == true, !isEnding else {
            state = .closed
            stanzas.stop()
            let waiting = server.tables.messageObservers.isEmpty || !acknowledges ? [] : outbound.entries
            let legacy = Legacy(&outbound, of: resumption, handled: handled)
            EndedSession(server, handle.jid).take(handle, on: resources, legacy, directed: directed.take())
            return server.observeUnacknowledged(waiting, of: handle)
        }
        // What came before still counts.
        if stanzas.isIdle { detach() }
    }

    /// Sends the error, if there is one, and the end of the stream, then closes the connection.
    func close(_ error: StreamError?) {
        if error?.keepsSession != true, successor == nil { isEnding = true }
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

    /// Ends the session from without. Its connection may take its time to close: what the session leaves does not wait.
    func end(_ error: StreamError) {
        guard successor == nil else {
            // It goes on to another connection, and ends there.
            endOfSuccessor = error
            return
        }
        close(error)
        if isEnding, !isResuming { leave() }
    }

    /// Checks deadlines.
    func tick(_ now: NIODeadline) {
        let limits = server.configuration.limits
        guard case .bound = state else {
            if now - started > .seconds(Int64(limits.negotiationSeconds)) {
                close(StreamError(.connectionTimeout))
            }
            return
        }
        checkOffline(now, lastRead)
        checkAcknowledgement(now)
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
        handler.write(
            raw:
                "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        )
        write(" id='", header.id, handler)
        write(" from='", header.from, handler)
        write(" to='", header.to, handler)
        write(" version='", header.version, handler)
        write(" xml:lang='", header.language, handler)
        handler.write(raw: ">")
    }

    private func write(_ name: StaticString, _ value: String?, _ handler: XMLStreamHandler) {
        guard let value else { return }
        handler.write(raw: name)
        handler.write(raw: Self.escaped(value))
        handler.write(raw: "'")
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
}

extension StreamError {
    /// The stream ends, and the client may come back and go on with its session: neither has broken a rule, nor wished for
    /// the session's end (XEP-0198 §5).
    var keepsSession: Bool {
        switch condition {
        case .systemShutdown, .connectionTimeout, .resourceConstraint: true
        default: false
        }
    }
}
