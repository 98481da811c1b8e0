//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The names of XEP-0227 (Portable Import/Export Format for XMPP-IM Servers).
enum PortableFormat {
    static let namespace = "urn:xmpp:pie:0"
    static let scram = "urn:xmpp:pie:0#scram"
    static let archive = "urn:xmpp:pie:0#mam"
    static let include = "http://www.w3.org/2001/XInclude"
    /// What the specification has no place for: whether an account is disabled, and since when there is one.
    static let account = "urn:switchboard:account:1"
    static let blocking = "urn:xmpp:blocking"
    static let privacy = "jabber:iq:privacy"
    static let messageArchive = "urn:xmpp:mam:2"
    static let forward = "urn:xmpp:forward:0"
    /// Messages read from the store, or written to it, at a time.
    static let page = 200
}
