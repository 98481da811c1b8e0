//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPTLS

/// What the server serves, as the composition root read it.
package struct ServerConfiguration: Sendable {
    /// A domain whose accounts live here.
    package struct Host: Sendable, Equatable {
        package var name: String
        /// Overrides whether accounts can be made in band.
        package var allowsRegistration: Bool?
        /// Overrides whether accounts have archives.
        package var hasArchives: Bool?
        /// Overrides how many days archives keep a message; 0 is for ever.
        package var archiveDays: Int?
        /// Override how many messages, and bytes of them, one archive holds; 0 is no limit.
        package var archiveMessages: Int?
        package var archiveBytes: Int?
        /// Whether visitors are let in without a name (XEP-0175).
        package var allowsAnonymous: Bool

        package init(
            name: String, allowsRegistration: Bool? = nil, hasArchives: Bool? = nil, archiveDays: Int? = nil,
            archiveMessages: Int? = nil, archiveBytes: Int? = nil, allowsAnonymous: Bool = false
        ) {
            self.name = name
            self.allowsRegistration = allowsRegistration
            self.hasArchives = hasArchives
            self.archiveDays = archiveDays
            self.archiveMessages = archiveMessages
            self.archiveBytes = archiveBytes
            self.allowsAnonymous = allowsAnonymous
        }
    }

    /// How clients log in.
    package struct Authentication: Sendable, Equatable {
        /// Offered, by IANA name; nil = all.
        package var mechanisms: Set<String>?
        /// PLAIN also without TLS, on listeners that allow plaintext.
        package var allowsPlainWithoutTLS: Bool
        /// PBKDF2 iterations of new passwords.
        package var iterations: Int
        /// Hashes that keys are kept for.
        package var hashes: Set<HashFunction> = Set(HashFunction.allCases)
        /// XEP-0484; nil if no tokens are given out.
        package var tokens: TokenSettings? = TokenSettings()
        package var limits = LoginLimiter.Settings()
        /// Whether certificates that people have named as their own open the door (XEP-0257).
        package var takesOwnCertificates = false

        package init(
            mechanisms: Set<String>? = nil, allowsPlainWithoutTLS: Bool = false,
            iterations: Int = 10_000
        ) {
            self.mechanisms = mechanisms
            self.allowsPlainWithoutTLS = allowsPlainWithoutTLS
            self.iterations = iterations
        }
    }

    /// Whether a host takes visitors.
    package func allowsAnonymous(_ host: String) -> Bool { hosts[host]?.allowsAnonymous ?? false }

    /// Whether accounts can be made in band on a host.
    package func allowsRegistration(_ host: String) -> Bool {
        hosts[host]?.allowsRegistration ?? registration.isEnabled
    }

    /// XEP-0077: off unless the configuration says otherwise.
    package struct Registration: Sendable, Equatable {
        package var isEnabled: Bool
        /// New accounts per hour from one address; nil = any number.
        package var perHour: Int?
        /// In Unicode scalars.
        package var minimumPasswordLength: Int
        /// Whether a password may not be the account's own name or address.
        package var refusesNames: Bool
        /// Whether another password ends the account's other sessions.
        package var endsSessionsOnPasswordChange: Bool

        package init(
            isEnabled: Bool = false, perHour: Int? = 5, minimumPasswordLength: Int = 8, refusesNames: Bool = true,
            endsSessionsOnPasswordChange: Bool = false
        ) {
            self.isEnabled = isEnabled
            self.perHour = perHour
            self.minimumPasswordLength = minimumPasswordLength
            self.refusesNames = refusesNames
            self.endsSessionsOnPasswordChange = endsSessionsOnPasswordChange
        }

        /// What is wrong with a password, for its owner to read; nil if it will do.
        package func objection(to password: String, of account: JID) -> String? {
            if password.unicodeScalars.count < minimumPasswordLength {
                return "The password needs at least \(minimumPasswordLength) characters."
            }
            let lowercase = password.lowercased()
            if refusesNames, lowercase == account.local || lowercase == account.bareString {
                return "The password must not be the account's name."
            }
            return nil
        }
    }

    /// Accounts and contacts by invitation (XEP-0401, XEP-0445).
    package struct Invitations: Sendable, Equatable {
        package var isEnabled: Bool
        /// How long an invitation holds that says nothing of it.
        package var days: Int
        /// Invitations that one account may have open.
        package var perInviter: Int
        /// Where the web page is that explains an invitation to who has no client; nil = there is none.
        package var page: String?

        package init(isEnabled: Bool = true, days: Int = 7, perInviter: Int = 20, page: String? = nil) {
            self.isEnabled = isEnabled
            self.days = days
            self.perInviter = perInviter
            self.page = page
        }
    }

    /// A component that may connect (XEP-0114).
    package struct Component: Sendable, Equatable {
        package var domain: String
        package var secret: String
        /// Addresses of local hosts that the component speaks for; stanzas for them wait durably until it has them.
        package var delegated: Set<String>
        /// It answers for people of ours, so that messages for it wait until it has committed them.
        package var isDurable: Bool { !delegated.isEmpty }

        package init(domain: String, secret: String, delegated: Set<String> = []) {
            self.domain = domain
            self.secret = secret
            self.delegated = delegated
        }
    }

    package var hosts: [String: Host]
    package var components: [String: Component]
    package var registration: Registration
    package var invitations: Invitations
    package var limits: ServerLimits
    package var authentication: Authentication
    package var archive: Archive
    /// Names this installation's store, so that ids made from its row numbers are nobody else's.
    package var instance: String

    package init(
        hosts: [Host], components: [Component] = [], registration: Registration = Registration(),
        invitations: Invitations = Invitations(), limits: ServerLimits = ServerLimits(),
        authentication: Authentication = Authentication(), archive: Archive = Archive(), instance: String = "local"
    ) {
        self.hosts = Dictionary(hosts.map { ($0.name, $0) }) { first, _ in first }
        self.components = Dictionary(components.map { ($0.domain, $0) }) { first, _ in first }
        self.registration = registration
        self.invitations = invitations
        self.limits = limits
        self.authentication = authentication
        self.archive = archive
        self.instance = instance
    }
}
