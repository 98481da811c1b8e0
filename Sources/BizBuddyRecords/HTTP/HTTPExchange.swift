//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOPosix
import XMPPTLS

/// Where an HTTP request goes.
package struct HTTPAddress: Hashable, Sendable {
    package let host: String
    package let port: Int
    package let isEncrypted: Bool
    /// Path and query.
    package let target: String

    /// Reads an absolute `http` or `https` URL without user information or fragment.
    package init?(_ url: String) {
        guard let colon = url.firstRange(of: "://"), url.utf8.count <= 2048,
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        switch url[..<colon.lowerBound].lowercased() {
        case "http": isEncrypted = false
        case "https": isEncrypted = true
        default: return nil
        }
        let rest = url[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@"), !rest.contains("#") else { return nil }
        let path = rest[end...]
        target = path.isEmpty ? "/" : path.first == "/" ? String(path) : "/\(path)"
        var name = authority
        var port: Int?
        if let separator = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: separator)...]), (1...65_535).contains(number)
            else {
                return nil
            }
            port = number
            name = authority[..<separator]
        }
        if name.first == "[", name.last == "]" { name = name.dropFirst().dropLast() }
        guard !name.isEmpty else { return nil }
        host = name.lowercased()
        self.port = port ?? (isEncrypted ? 443 : 80)
    }

    /// Whether it is this machine.
    package var isLoopback: Bool {
        ["localhost", "::1"].contains(host) || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
    }
}

/// One request on a connection of its own: no redirects, no cookies, no second try; bounded in size and in time.
struct HTTPExchange: Sendable {
    struct Response: Sendable {
        let status: Int
        let body: [UInt8]
    }

    let address: HTTPAddress
    /// Nil where the connection is not encrypted.
    let tls: TLSContext?
    let maximumBody: Int
    let group: any EventLoopGroup

    /// Bytes of status line, headers and what frames a body.
    private static let headerBytes = 64 << 10
    fileprivate static let tooLarge = SourceFailure("its answer is too large")

    /// Posts a body. Throws `SourceFailure`.
    func post(_ body: [UInt8], headers: [(String, String)], timeout: Duration) async throws -> Response {
        let loop = group.next()
        let promise = loop.makePromise(of: Response.self)
        let time = TimeAmount.nanoseconds(Int64(timeout / .nanoseconds(1)))
        let address = address
        let tls = tls
        let maximumBody = maximumBody
        let head = head(body, headers)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(time)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(TLSHandler(client: tls, serverName: address.host))
                    }
                    try pipeline.addHandler(
                        ByteBudget(limit: maximumBody + Self.headerBytes) { promise.fail(Self.tooLarge) })
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(NIOHTTPClientResponseAggregator(maxContentLength: maximumBody))
                    try pipeline.addHandler(
                        HTTPExchangeHandler(head: head, body: ByteBuffer(bytes: body), promise: promise))
                }
            }
        let deadline = loop.scheduleTask(in: time) { promise.fail(SourceFailure.timeout) }
        bootstrap.connect(host: address.host, port: address.port).whenComplete { result in
            switch result {
            case .success(let channel):
                promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
            case .failure(let error):
                promise.fail(error is ChannelError ? SourceFailure.timeout : SourceFailure("cannot be reached"))
            }
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(SourceFailure.timeout)
        }
    }

    private func head(_ body: [UInt8], _ headers: [(String, String)]) -> HTTPRequestHead {
        let isDefault = address.port == (address.isEncrypted ? 443 : 80)
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        return HTTPRequestHead(
            version: .http1_1, method: .POST, uri: address.target,
            headers: HTTPHeaders(
                [
                    ("Host", isDefault ? host : "\(host):\(address.port)"), ("User-Agent", "Switchboard"),
                    ("Content-Type", "application/json"), ("Accept", "application/json"),
                    ("Content-Length", "\(body.count)"), ("Connection", "close"),
                ] + headers))
    }
}

/// Sends the request as soon as it may, and keeps the promise.
private final class HTTPExchangeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOHTTPClientResponseFull
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: ByteBuffer
    private let promise: EventLoopPromise<HTTPExchange.Response>

    init(head: HTTPRequestHead, body: ByteBuffer, promise: EventLoopPromise<HTTPExchange.Response>) {
        self.head = head
        self.body = body
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let response = unwrapInboundIn(data)
        promise.succeed(
            HTTPExchange.Response(
                status: Int(response.head.status.code), body: response.body.map { Array($0.readableBytesView) } ?? []))
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(SourceFailure("ended the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is TLSError {
            promise.fail(SourceFailure("its certificate or its TLS is no good"))
        } else if (error as? NIOHTTPObjectAggregatorError) == .frameTooLong {
            promise.fail(HTTPExchange.tooLarge)
        } else {
            promise.fail(SourceFailure("what it sends is no HTTP"))
        }
        context.close(promise: nil)
    }
}

/// Ends a connection that has brought more than agreed, before anything is made of it.
private final class ByteBudget: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var left: Int
    private let exceeded: @Sendable () -> Void

    init(limit: Int, exceeded: @escaping @Sendable () -> Void) {
        left = limit
        self.exceeded = exceeded
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        left -= unwrapInboundIn(data).readableBytes
        guard left >= 0 else {
            exceeded()
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
    }
}
