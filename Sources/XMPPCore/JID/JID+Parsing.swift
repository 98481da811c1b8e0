//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Reading addresses. Nearly all are ASCII: those are checked and lower-cased where they lie, and only the strings
/// that are kept get allocated. Everything else goes through ``LocalPart``, ``DomainPart`` and ``ResourcePart``.
extension JID {
    /// Prepares an address written as a string.
    package init(_ string: String) throws(JIDError) {
        var string = string
        // No closure with typed throws: the outcome travels as a value.
        let outcome = string.withUTF8 { bytes in JID.outcome(UnsafeRawBufferPointer(bytes)) }
        self = try outcome.get()
    }

    /// Prepares an address given as UTF-8 octets, which are only read during the call.
    package init(utf8 bytes: UnsafeRawBufferPointer) throws(JIDError) {
        let split = AddressSplit(bytes)
        let local = split.local.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
        let domain = UnsafeRawBufferPointer(rebasing: bytes[split.domain])
        let resource = split.resource.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }

        let prepared: String
        if let resource { prepared = try ResourcePart.prepared(resource) } else { prepared = "" }

        var localCase: ASCIICase = .lower
        if let local { localCase = LocalPart.asciiCase(local) }
        let (domainCase, domainLength) = DomainPart.asciiCase(domain)
        guard localCase != .needsPreparation, domainCase != .needsPreparation else {
            try self.init(slowLocal: local, domain: domain, preparedResource: prepared)
            return
        }
        let bare = UnsafeRawBufferPointer(rebasing: bytes[0..<split.domain.lowerBound + domainLength])
        let lower = localCase == .lower && domainCase == .lower
        self.init(
            preparedBare: lower ? String(decoding: bare, as: UTF8.self) : String(lowercasingASCII: bare),
            localLength: UInt16(truncatingIfNeeded: local?.count ?? 0), resource: prepared)
    }

    /// The way through PRECIS and IDNA; also the one that names the fault of a malformed address.
    private init(
        slowLocal local: UnsafeRawBufferPointer?, domain: UnsafeRawBufferPointer, preparedResource: String
    ) throws(JIDError) {
        var bare = try DomainPart.prepared(domain)
        var length = 0
        if let local {
            let prepared = try LocalPart.prepared(local)
            length = prepared.utf8.count
            bare = "\(prepared)@\(bare)"
        }
        self.init(preparedBare: bare, localLength: UInt16(length), resource: preparedResource)
    }

    private static func outcome(_ bytes: UnsafeRawBufferPointer) -> Result<JID, JIDError> {
        do throws(JIDError) {
            return .success(try JID(utf8: bytes))
        } catch {
            return .failure(error)
        }
    }
}

/// Where the parts of an address lie: the resource behind the first `/`, the local part before the first `@` of what
/// is left (RFC 7622 §3.1).
private struct AddressSplit {
    var local: Range<Int>?
    var domain: Range<Int>
    var resource: Range<Int>?

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        let slash = AddressSplit.position(of: UInt8(ascii: "/"), in: bytes, before: bytes.count)
        let end = slash ?? bytes.count
        let at = AddressSplit.position(of: UInt8(ascii: "@"), in: bytes, before: end)
        local = at.map { 0..<$0 }
        domain = (at.map { $0 + 1 } ?? 0)..<end
        resource = slash.map { $0 + 1..<bytes.count }
    }

    @inline(__always)
    private static func position(of byte: UInt8, in bytes: UnsafeRawBufferPointer, before end: Int) -> Int? {
        guard let start = bytes.baseAddress, let found = memchr(start, Int32(byte), end) else { return nil }
        return UnsafeRawPointer(found) - start
    }
}
