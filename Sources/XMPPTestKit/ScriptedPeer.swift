//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
package import XMPPCore
internal import XMPPTLS

/// An end of a stream that follows a script: it sends, and waits for what should come.
///
/// Nothing that comes is lost: what one expectation does not take, the next ones see, in order.
package protocol ScriptedPeer: Sendable {
    var connection: StreamConnection { get }
}

/// How a stream ended.
package struct StreamEnd: Sendable {
    /// `<stream:error/>`, if there was one.
    package let error: XMLElement?
    /// Whether `</stream:stream>` came.
    package let isProper: Bool
    /// Elements before, that nobody had asked for.
    package let rest: [XMLElement]

    /// The name of the error's condition.
    package var condition: String? { error?.firstChild?.name }
}

extension ScriptedPeer {
    /// Sends text as it is.
    package func send(_ xml: String) {
        connection.channel.writeAndFlush(ByteBuffer(string: xml), promise: nil)
    }

    package func send(_ element: XMLElement) { send(element.xmlString) }

    /// The next element.
    package func next(within limit: Duration = StreamConnection.patience) async throws -> XMLElement {
        try await expect("an element", within: limit) { _ in true }
    }

    /// The first element that meets the condition; those before it stay for later.
    ///
    /// - Throws: `ExpectationFailure` if the stream ends first or `limit` is over.
    @discardableResult
    package func expect(
        _ what: String, within limit: Duration = StreamConnection.patience,
        where matches: @escaping @Sendable (XMLElement) -> Bool
    ) async throws -> XMLElement {
        try await connection.inbox.wait(what, within: limit) { inbox in
            for index in inbox.events.indices {
                guard case .element(let element) = inbox.events[index], matches(element) else { continue }
                inbox.events.remove(at: index)
                return .success(element)
            }
            return inbox.isGone
                ? .failure(ExpectationFailure("The connection ended before \(what). There is: \(inbox)")) : nil
        }
    }

    /// The first element that holds all that the pattern does (``XMLElement/includes(_:)``).
    @discardableResult
    package func expect(
        _ pattern: String, within limit: Duration = StreamConnection.patience
    ) async throws -> XMLElement {
        let wanted = try XMLElement(scripted: pattern)
        return try await expect(pattern, within: limit) { $0.includes(wanted) }
    }

    /// Sends a request and waits for its answer, result or error.
    package func iq(
        _ type: String, to: String?, from: String? = nil, id: String? = nil, _ payload: String
    ) async throws -> XMLElement {
        let id = id ?? SecureRandom.hexToken(bytes: 6)
        let addresses = [("from", from), ("to", to)].compactMap { name, value in value.map { " \(name)='\($0)'" } }
        send("<iq type='\(type)' id='\(id)'\(addresses.joined())>\(payload)</iq>")
        return try await answer(to: id)
    }

    /// The answer to a request that was sent before.
    package func answer(to id: String) async throws -> XMLElement {
        try await expect("the answer to \(id)") {
            $0.isNamed("iq", Namespace.client) && $0["id"] == id && ["result", "error"].contains($0["type"])
        }
    }

    /// All that has come, taken; waits for nothing.
    package func received() -> [XMLElement] {
        connection.inbox.change { $0.takeElements { _ in true } }
    }

    /// Sends a request to the server and takes all that comes before its answer: what is not in it has not been sent.
    package func settle(host: String, from: String? = nil) async throws -> [XMLElement] {
        let id = "settle-" + SecureRandom.hexToken(bytes: 6)
        let sender = from.map { " from='\($0)'" } ?? ""
        send("<iq type='get' id='\(id)' to='\(host)'\(sender)><ping xmlns='urn:xmpp:ping'/></iq>")
        return try await connection.inbox.wait("the answer to a ping", within: StreamConnection.patience) { inbox in
            var isAnswered = false
            for case .element(let element) in inbox.events where element["id"] == id { isAnswered = true }
            guard isAnswered else {
                return inbox.isGone
                    ? .failure(ExpectationFailure("The connection ended before a ping's answer: \(inbox)")) : nil
            }
            isAnswered = false
            let before = inbox.takeElements { element in
                if isAnswered { return false }
                isAnswered = element["id"] == id
                return true
            }
            return .success(before.filter { $0["id"] != id })
        }
    }

    /// Waits until the server has ended the stream and the connection.
    package func ended(within limit: Duration = StreamConnection.patience) async throws -> StreamEnd {
        try await connection.inbox.wait("the end of the stream", within: limit) { inbox in
            guard inbox.isGone else { return nil }
            let isProper = inbox.events.contains { if case .closed = $0 { true } else { false } }
            var elements = inbox.takeElements { _ in true }
            let error = elements.firstIndex { $0.isNamed("error", Namespace.streams) }.map { elements.remove(at: $0) }
            return .success(StreamEnd(error: error, isProper: isProper, rest: elements))
        }
    }

    /// Ends the stream in good order and waits until the server has, too.
    package func close() async throws {
        send("</stream:stream>")
        _ = try await ended()
    }

    /// Cuts the connection without a word.
    package func kill() async {
        try? await connection.channel.close()
    }
}

extension StreamInbox {
    /// Takes elements out.
    mutating func takeElements(where isTaken: (XMLElement) -> Bool) -> [XMLElement] {
        var taken: [XMLElement] = []
        var left = CircularBuffer<Event>()
        for event in events {
            if case .element(let element) = event, isTaken(element) {
                taken.append(element)
            } else {
                left.append(event)
            }
        }
        events = left
        return taken
    }
}
