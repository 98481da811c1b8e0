//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPXML

/// Reads an XEP-0227 document piece by piece, following the files it includes.
final class PortableReader {
    enum Event {
        case host(String)
        case user(name: String, password: String?)
        /// What belongs to the user: roster, card, …
        case data(XMLElement)
        case offlineMessage(XMLElement)
        /// A `<result/>` of the archive.
        case archived(XMLElement)
        case endOfUser
        /// Something the specification does not know here; it was passed over.
        case unknown(String)
    }

    private enum Scope {
        case data, host, user, offline, archive
    }

    /// The file and those it includes, the innermost last.
    private var readers: [XMLFileReader]
    private var scopes: [Scope] = []
    /// What stands around what is read.
    private var place: String { readers.last?.file ?? "" }

    /// Files inside one another.
    private static let maximumDepth = 8

    init(file: String) throws {
        readers = [try XMLFileReader(file: file)]
    }

    /// Nil at the end.
    func next() throws -> Event? {
        while let reader = readers.last {
            switch try reader.next() {
            case nil:
                readers.removeLast()
            case .end?:
                if scopes.popLast() == .user { return .endOfUser }
            case .start(let name, let namespace, let attributes)?:
                if let event = try take(name, namespace, attributes, reader) { return event }
            }
        }
        return nil
    }

    private func take(
        _ name: String, _ namespace: String, _ attributes: [XMLAttribute], _ reader: XMLFileReader
    ) throws -> Event? {
        func value(_ attribute: String) throws -> String {
            guard let value = attributes.first(where: { $0.name == attribute })?.value, !value.isEmpty else {
                throw reader.failure("<\(name)/> has no \(attribute)")
            }
            return value
        }
        if name == "include", namespace == PortableFormat.include, scopes.last != .offline, scopes.last != .archive {
            let href = try value("href")
            try reader.skip()
            try include(href, from: reader)
            return nil
        }
        switch (scopes.last, name, namespace) {
        case (nil, "server-data", PortableFormat.namespace):
            scopes.append(.data)
            return nil
        case (nil, "host", PortableFormat.namespace), (.data, "host", PortableFormat.namespace):
            scopes.append(.host)
            return .host(try value("jid"))
        case (.host, "user", PortableFormat.namespace):
            scopes.append(.user)
            let password = attributes.first { $0.name == "password" }?.value
            return .user(name: try value("name"), password: password.flatMap { $0.isEmpty ? nil : $0 })
        case (.user, "offline-messages", PortableFormat.namespace):
            scopes.append(.offline)
            return nil
        case (.user, "archive", PortableFormat.archive):
            scopes.append(.archive)
            return nil
        case (.user, _, _): return .data(try reader.element())
        case (.offline, "message", Namespace.client): return .offlineMessage(try reader.element())
        case (.archive, "result", PortableFormat.messageArchive): return .archived(try reader.element())
        case (nil, _, _): throw reader.failure("is no export of a server (XEP-0227): it begins with <\(name)/>")
        default:
            try reader.skip()
            return .unknown("<\(name) xmlns='\(namespace)'/>")
        }
    }

    /// XEP-0227 §5: relative references only, and none out of the folder.
    private func include(_ href: String, from reader: XMLFileReader) throws {
        let parts = href.split(separator: "/", omittingEmptySubsequences: false)
        guard !href.hasPrefix("/"), !href.contains(":"), !parts.contains("..") else {
            throw reader.failure("includes \(href): only files beside it or below are taken")
        }
        guard readers.count < Self.maximumDepth else { throw reader.failure("includes too deeply") }
        let folder = reader.file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        guard let name = Self.unescaped(href), !name.split(separator: "/").contains("..") else {
            throw reader.failure("includes \(href): only files beside it or below are taken")
        }
        let path = folder.isEmpty ? name : folder.joined(separator: "/") + "/" + name
        readers.append(try XMLFileReader(file: path))
    }

    /// A relative reference as a path (RFC 3986 §2.1); nil if it is none.
    private static func unescaped(_ reference: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(reference.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                value != 0
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
