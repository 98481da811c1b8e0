//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Multi-User Chat (XEP-0045).
package enum MUC {
    package static let namespace = "http://jabber.org/protocol/muc"
    package static let userNamespace = "http://jabber.org/protocol/muc#user"
    package static let adminNamespace = "http://jabber.org/protocol/muc#admin"
    package static let ownerNamespace = "http://jabber.org/protocol/muc#owner"

    /// What somebody is to a room for good (XEP-0045 §5.2).
    package enum Affiliation: String, Sendable, CaseIterable {
        case owner
        case admin
        case member
        case none
        case outcast
    }

    /// What an occupant may do during this visit (XEP-0045 §5.1).
    package enum Role: String, Sendable, CaseIterable {
        case moderator
        case participant
        case visitor
        case none
    }

    /// What happened, or is so, in three digits (XEP-0045 §15.6). Rooms may send others than those named here.
    package struct Status: RawRepresentable, Hashable, Sendable {
        /// 100…999
        package let rawValue: Int

        /// Nil beyond 100…999.
        package init?(rawValue: Int) {
            guard (100...999).contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        private init(_ known: Int) { rawValue = known }

        /// Any occupant may see the full addresses.
        package static let nonAnonymous = Status(100)
        /// The affiliation changed while away.
        package static let affiliationChanged = Status(101)
        /// Unavailable occupants are shown now.
        package static let showsUnavailable = Status(102)
        /// Unavailable occupants are no longer shown.
        package static let hidesUnavailable = Status(103)
        /// The configuration changed, privacy aside.
        package static let configurationChanged = Status(104)
        /// The presence is the recipient's own.
        package static let selfPresence = Status(110)
        /// Conversations are logged.
        package static let logged = Status(170)
        /// Conversations are no longer logged.
        package static let notLogged = Status(171)
        /// The room became non-anonymous.
        package static let becameNonAnonymous = Status(172)
        /// The room became semi-anonymous.
        package static let becameSemiAnonymous = Status(173)
        /// The room has just been created.
        package static let created = Status(201)
        /// The service gave or changed the nickname.
        package static let nicknameAssigned = Status(210)
        /// Banned.
        package static let banned = Status(301)
        /// Now known by another nickname.
        package static let nicknameChanged = Status(303)
        /// Kicked.
        package static let kicked = Status(307)
        /// Removed for a change of affiliation.
        package static let removedByAffiliation = Status(321)
        /// Removed since the room is for members only now.
        package static let removedAsNonMember = Status(322)
        /// Removed since the service shuts down.
        package static let shutdown = Status(332)
        /// Removed for a technical problem.
        package static let disconnected = Status(333)

        /// All codes that have a name here.
        package static let known: [Status] = [
            nonAnonymous, affiliationChanged, showsUnavailable, hidesUnavailable, configurationChanged, selfPresence,
            logged, notLogged, becameNonAnonymous, becameSemiAnonymous, created, nicknameAssigned, banned,
            nicknameChanged, kicked, removedByAffiliation, removedAsNonMember, shutdown, disconnected,
        ]
    }
}
