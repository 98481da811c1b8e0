//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// An XMPP address, `local@domain/resource` (RFC 7622), always prepared: two JIDs are the same address exactly when
/// they are equal.
///
/// The bare address is stored as one string, since that is what routing looks up.
package struct JID: Hashable, Sendable, CustomStringConvertible {
    /// Most octets a part may have after preparation (RFC 7622 §3.2, §3.3, §3.4).
    package static let maximumPartLength = 1023

    /// `local@domain`, or `domain` when there is no local part.
    package let bareString: String

    /// The prepared resource, "" for none.
    let resourceString: String

    /// Octets of the local part, 0 for none.
    let localLength: UInt16

    /// Takes parts that are prepared already.
    init(preparedBare bareString: String, localLength: UInt16, resource: String) {
        self.bareString = bareString
        self.localLength = localLength
        self.resourceString = resource
    }

    /// Prepares the three parts of an address, each given unescaped by any separator.
    package init(local: String?, domain: String, resource: String? = nil) throws(JIDError) {
        let domain = try DomainPart.prepared(domain)
        var bare = domain
        var length = 0
        if let local {
            let prepared = try LocalPart.prepared(local)
            length = prepared.utf8.count
            bare = "\(prepared)@\(domain)"
        }
        let prepared: String = if let resource { try ResourcePart.prepared(resource) } else { "" }
        self.init(preparedBare: bare, localLength: UInt16(length), resource: prepared)
    }

    /// The part before the `@`; nil for a domain's own address.
    package var local: String? {
        guard localLength > 0 else { return nil }
        let utf8 = bareString.utf8
        return String(bareString[..<utf8.index(utf8.startIndex, offsetBy: Int(localLength))])
    }

    /// A host name with U-labels in lower case, an IPv4 address, or an IPv6 address in brackets.
    package var domain: String {
        guard localLength > 0 else { return bareString }
        let utf8 = bareString.utf8
        return String(bareString[utf8.index(utf8.startIndex, offsetBy: Int(localLength) + 1)...])
    }

    /// The part after the first `/`; nil in a bare JID.
    package var resource: String? { resourceString.isEmpty ? nil : resourceString }

    /// The same address without its resource.
    package var bare: JID { isBare ? self : JID(preparedBare: bareString, localLength: localLength, resource: "") }

    /// True without a resource.
    package var isBare: Bool { resourceString.isEmpty }

    /// True when there is nothing but a domain.
    package var isDomain: Bool { localLength == 0 && resourceString.isEmpty }

    /// The address of the domain alone.
    package var domainJID: JID { isDomain ? self : JID(preparedBare: domain, localLength: 0, resource: "") }

    /// The same bare address with this resource.
    package func with(resource: String) throws(JIDError) -> JID {
        JID(preparedBare: bareString, localLength: localLength, resource: try ResourcePart.prepared(resource))
    }

    /// The address as it goes on the wire.
    package var description: String { isBare ? bareString : "\(bareString)/\(resourceString)" }
}
