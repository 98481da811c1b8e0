//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPTLS

/// Reading and writing the messages of RFC 5802 §7, strictly and within `SASLLimits`.
///
/// All work is on bytes: a comma followed by a combining mark is one character to Swift, but a comma to the protocol.
enum SCRAMMessage {
    typealias Bytes = ArraySlice<UInt8>

    /// The flag a client starts with.
    enum BindingFlag: Equatable {
        /// `n`: the client has no channel binding.
        case unsupported
        /// `y`: it has, but thinks the server has not.
        case unoffered
        /// `p=`: it binds, with the type named.
        case bound(String)
    }

    struct ClientFirst: Equatable {
        /// Flag, authorisation identity and both commas, as sent: comes back in `c=`.
        let header: [UInt8]
        let flag: BindingFlag
        let authzid: String?
        let username: String
        let nonce: [UInt8]
        /// The message without its header, part of what is signed.
        let bare: [UInt8]
    }

    struct ClientFinal: Equatable {
        let binding: [UInt8]
        let nonce: [UInt8]
        let proof: [UInt8]
        /// The message up to the comma before the proof, part of what is signed.
        let withoutProof: [UInt8]
    }

    struct ServerFirst: Equatable {
        let nonce: [UInt8]
        let salt: [UInt8]
        let iterations: Int
        /// Says what the server has offered (XEP-0474 §5.1), if it does.
        let offerHash: [UInt8]?
    }

    static func clientFirst(_ bytes: [UInt8]) throws(SASLFailure) -> ClientFirst {
        try check(bytes)
        let fields = bytes.split(separator: comma, maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw .malformed("no GS2 header") }
        let flag = try flag(fields[0])
        var authzid: String?
        if !fields[1].isEmpty {
            authzid = try name(value(of: "a", in: fields[1]), limit: SASLLimits.maximumAuthzidBytes)
        }
        let attributes = fields[2].split(separator: comma, omittingEmptySubsequences: false)
        guard attributes.count >= 2 else { throw .malformed("no user name and nonce") }
        let username = try name(value(of: "n", in: attributes[0]), limit: SASLLimits.maximumUsernameBytes)
        let nonce = try nonce(value(of: "r", in: attributes[1]))
        try checkExtensions(attributes.dropFirst(2))
        return ClientFirst(
            header: Array(bytes[..<fields[2].startIndex]), flag: flag, authzid: authzid, username: username,
            nonce: nonce, bare: Array(fields[2]))
    }

    static func clientFinal(_ bytes: [UInt8]) throws(SASLFailure) -> ClientFinal {
        try check(bytes)
        let attributes = bytes.split(separator: comma, omittingEmptySubsequences: false)
        guard attributes.count >= 3 else { throw .malformed("no binding, nonce and proof") }
        let last = attributes[attributes.count - 1]
        let binding = try base64(value(of: "c", in: attributes[0]))
        let nonce = try nonce(value(of: "r", in: attributes[1]))
        let proof = try base64(value(of: "p", in: last))
        try checkExtensions(attributes.dropFirst(2).dropLast())
        return ClientFinal(
            binding: binding, nonce: nonce, proof: proof, withoutProof: Array(bytes[..<(last.startIndex - 1)]))
    }

    static func serverFirst(_ bytes: [UInt8]) throws(SASLFailure) -> ServerFirst {
        try check(bytes)
        let attributes = bytes.split(separator: comma, omittingEmptySubsequences: false)
        guard attributes.count >= 3 else { throw .malformed("no nonce, salt and iterations") }
        let nonce = try nonce(value(of: "r", in: attributes[0]))
        let salt = try base64(value(of: "s", in: attributes[1]))
        let digits = try value(of: "i", in: attributes[2])
        let extensions = attributes.dropFirst(3)
        try checkExtensions(extensions)
        let offer = extensions.first { $0.first == UInt8(ascii: "h") }.map { Array($0.dropFirst(2)) }
        guard digits.first != UInt8(ascii: "+"), let iterations = Int(String(decoding: digits, as: UTF8.self)),
            iterations > 0
        else { throw .malformed("bad iterations") }
        return ServerFirst(nonce: nonce, salt: salt, iterations: iterations, offerHash: offer)
    }

    /// The signature of a server's final message, or what it said instead.
    static func serverFinal(_ bytes: [UInt8]) throws(SASLFailure) -> [UInt8] {
        try check(bytes)
        let attributes = bytes.split(separator: comma, omittingEmptySubsequences: false)
        guard attributes.first?.first != UInt8(ascii: "e") else { throw .notAuthorized("the server reports an error") }
        try checkExtensions(attributes.dropFirst())
        return try base64(value(of: "v", in: attributes.first ?? []))
    }

    /// A name as `saslname`: `,` and `=` escaped.
    static func escaped(_ name: String) -> [UInt8] {
        var result: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case comma: result += Array("=2C".utf8)
            case UInt8(ascii: "="): result += Array("=3D".utf8)
            default: result.append(byte)
            }
        }
        return result
    }

    // MARK: Parts

    private static let comma = UInt8(ascii: ",")

    /// Valid UTF-8 without NUL, within the limit.
    private static func check(_ bytes: [UInt8]) throws(SASLFailure) {
        guard bytes.count <= SASLLimits.maximumMessageBytes else { throw .malformed("message too long") }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw .malformed("not UTF-8")
        }
    }

    /// The value of an attribute that must be the one named.
    private static func value(of key: Unicode.Scalar, in field: Bytes) throws(SASLFailure) -> Bytes {
        guard field.first == UInt8(ascii: key), field.dropFirst().first == UInt8(ascii: "=") else {
            throw .malformed("no \(key)= where it must be")
        }
        return field.dropFirst(2)
    }

    private static func flag(_ field: Bytes) throws(SASLFailure) -> BindingFlag {
        if field.elementsEqual("n".utf8) { return .unsupported }
        if field.elementsEqual("y".utf8) { return .unoffered }
        let name = try value(of: "p", in: field)
        guard (1...64).contains(name.count), name.allSatisfy(isBindingNameByte) else {
            throw .malformed("bad channel binding name")
        }
        return .bound(String(decoding: name, as: UTF8.self))
    }

    private static func isBindingNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Undoes the escapes of a `saslname`: only `=2C` and `=3D` exist.
    private static func name(_ field: Bytes, limit: Int) throws(SASLFailure) -> String {
        var result: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                result.append(byte)
                continue
            }
            let escape = rest.prefix(2)
            if escape.elementsEqual("2C".utf8) {
                result.append(comma)
            } else if escape.elementsEqual("3D".utf8) {
                result.append(UInt8(ascii: "="))
            } else {
                throw .malformed("bad escape in a name")
            }
            rest = rest.dropFirst(2)
        }
        guard !result.isEmpty, result.count <= limit else { throw .malformed("name empty or too long") }
        return String(decoding: result, as: UTF8.self)
    }

    /// Printable ASCII except the comma.
    private static func nonce(_ field: Bytes) throws(SASLFailure) -> [UInt8] {
        guard !field.isEmpty, field.count <= SASLLimits.maximumNonceBytes,
            field.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .malformed("bad nonce") }
        return Array(field)
    }

    private static func base64(_ field: Bytes) throws(SASLFailure) -> [UInt8] {
        guard let bytes = Base64.decode(utf8: field), !bytes.isEmpty else { throw .malformed("bad base64") }
        return bytes
    }

    /// Optional extensions are ignored if they are well-formed (RFC 5802 §5.1), mandatory ones refused.
    private static func checkExtensions(_ fields: ArraySlice<Bytes>) throws(SASLFailure) {
        for field in fields {
            guard field.count >= 3, let first = field.first, isLetter(first),
                field.dropFirst().first == UInt8(ascii: "=")
            else { throw .malformed("bad extension") }
            guard first != UInt8(ascii: "m") else { throw .malformed("unknown mandatory extension") }
        }
    }
}
