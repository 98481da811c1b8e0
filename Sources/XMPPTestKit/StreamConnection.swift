//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import NIOPosix
package import XMPPCore
package import XMPPSASL
package import XMPPTLS
package import XMPPXML

/// A client's end of a stream, step by step: for scripts that negotiate themselves.
package final class StreamConnection: ScriptedPeer {
    /// Every step of a script waits this long at most.
    package static let patience = Duration.seconds(30)

    package let channel: any Channel
    let inbox: Watched<StreamInbox>
    private let handler: NIOLoopBound<StreamEventHandler>

    package var connection: StreamConnection { self }

    private init(channel: any Channel, inbox: Watched<StreamInbox>, handler: NIOLoopBound<StreamEventHandler>) {
        self.channel = channel
        self.inbox = inbox
        self.handler = handler
    }

    /// Connects to a port of this machine; with a context, TLS is spoken from the first byte, for this server name.
    package static func connect(
        port: Int, tls: (context: TLSContext, serverName: String)? = nil, protocols: ApplicationProtocols = .xmppClient
    ) async throws -> StreamConnection {
        let inbox = Watched(StreamInbox())
        // A server that refuses the handshake at once may have emptied the pipeline before the connection is reported.
        let made = Watched<NIOLoopBound<StreamEventHandler>?>(nil)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = StreamEventHandler(inbox)
                    if let tls {
                        let secure = try TLSHandler(
                            client: tls.context, serverName: tls.serverName, applicationProtocols: protocols)
                        handler.tls = secure
                        try channel.pipeline.syncOperations.addHandler(secure)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    made.change { $0 = bound }
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { channel in
                guard let handler = made.value else { throw ExpectationFailure("The connection was not set up") }
                return StreamConnection(channel: channel, inbox: inbox, handler: handler)
            }.get()
    }

    // MARK: Negotiation

    /// Sends a stream header and waits for the server's.
    package func sendHeader(
        to host: String, namespace: String = Namespace.client, language: String? = nil
    ) async throws -> StreamHeader {
        let handler = handler
        try await channel.eventLoop.submit { handler.value.restart() }.get()
        send(
            "<?xml version='1.0'?><stream:stream xmlns='\(namespace)' xmlns:stream='\(Namespace.streams)' "
                + "to='\(host)' version='1.0'\(language.map { " xml:lang='\($0)'" } ?? "")>")
        return try await inbox.wait("a stream header", within: Self.patience) { inbox in
            guard let first = inbox.events.first else {
                return inbox.isGone ? .failure(ExpectationFailure("The connection ended before the header")) : nil
            }
            guard case .opened(let header) = first else {
                return .failure(ExpectationFailure("Wanted a stream header, got: \(inbox)"))
            }
            inbox.events.removeFirst()
            return .success(header)
        }
    }

    /// Opens a stream and waits for its features.
    @discardableResult
    package func open(to host: String, language: String? = nil) async throws -> XMLElement {
        _ = try await sendHeader(to: host, language: language)
        return try await expect("stream features") { $0.isNamed("features", Namespace.streams) }
    }

    /// Asks for TLS and takes it (RFC 6120 §5.4).
    @discardableResult
    package func startTLS(_ context: TLSContext, serverName: String) async throws -> TLSSessionInfo {
        send("<starttls xmlns='\(Namespace.tls)'/>")
        _ = try await expect("proceed") { $0.isNamed("proceed", Namespace.tls) }
        let channel = channel
        let handler = handler
        try await channel.eventLoop.submit {
            let secure = try TLSHandler(client: context, serverName: serverName)
            handler.value.tls = secure
            handler.value.restart()
            try channel.pipeline.syncOperations.addHandler(secure, position: .first)
        }.get()
        return try await secured()
    }

    /// Waits for the end of the TLS handshake.
    package func secured() async throws -> TLSSessionInfo {
        try await inbox.wait("TLS", within: Self.patience) { inbox in
            for index in inbox.events.indices {
                guard case .secured(let session) = inbox.events[index] else { continue }
                inbox.events.remove(at: index)
                return .success(session)
            }
            return inbox.isGone ? .failure(ExpectationFailure("The connection ended during TLS: \(inbox)")) : nil
        }
    }

    /// The channel binding of this end of the TLS session.
    package func channelBinding(_ type: ChannelBindingType) async throws -> [UInt8]? {
        let handler = handler
        return try await channel.eventLoop.submit { handler.value.tls?.channelBinding(type) }.get()
    }

    /// Runs one SASL exchange (RFC 6120 §6).
    ///
    /// - Returns: `<success/>` or `<failure/>`; a success has been checked, and the stream is not yet restarted.
    package func authenticate(
        _ username: String, password: String, mechanism: SASLMechanism, binding type: ChannelBindingType? = nil
    ) async throws -> XMLElement {
        var binding = SASLClient.Binding.unsupported
        if let type {
            guard let data = try await channelBinding(type) else {
                throw ExpectationFailure("The session has no channel binding \(type.rawValue)")
            }
            binding = .bound(type, data)
        }
        var sasl = SASLClient(mechanism: mechanism, username: username, password: password, binding: binding)
        send(
            XMLElement(
                "auth", Namespace.sasl, ["mechanism": mechanism.rawValue], text: Base64.encode(sasl.initialResponse())))
        while true {
            let answer = try await expect("an answer of SASL") { $0.namespace == Namespace.sasl }
            let data = answer.text.isEmpty ? nil : Base64.decode(answer.text)
            let action: SASLClientAction
            switch answer.name {
            case "challenge": action = sasl.receive(challenge: data ?? [])
            case "success": action = sasl.receive(success: data)
            default: return answer
            }
            switch action {
            case .respond(let bytes):
                send(XMLElement("response", Namespace.sasl, text: Base64.encode(bytes)))
            case .authenticated:
                return answer
            case .failure(let failure):
                throw ExpectationFailure("The client refuses the server's SASL: \(failure)")
            }
        }
    }

    /// Binds a resource (RFC 6120 §7).
    package func bind(_ resource: String?) async throws -> JID {
        let wanted = resource.map { "<resource>\($0)</resource>" } ?? ""
        let answer = try await iq("set", to: nil, "<bind xmlns='\(Namespace.bind)'>\(wanted)</bind>")
        guard let text = answer.child("bind", Namespace.bind)?.child("jid", Namespace.bind)?.text else {
            throw ExpectationFailure("No resource was bound: \(answer)")
        }
        return try JID(text)
    }

    /// From now on tells the server at once how many stanzas have come, whenever it asks (XEP-0198 §4).
    package func answerRequests() async throws {
        let (handler, channel) = (handler, channel)
        try await channel.eventLoop.submit {
            handler.value.acknowledges = true
            handler.value.acknowledge(on: channel)
        }.get()
    }

    /// Stops taking bytes from the network, and goes on.
    package func pauseReading(_ isPaused: Bool) async throws {
        try await channel.setOption(.autoRead, value: !isPaused).get()
        if !isPaused { channel.read() }
    }
}
