//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

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

        package init(
            name: String, allowsRegistration: Bool? = nil, hasArchives: Bool? = nil, archiveDays: Int? = nil
        ) {
            self.name = name
            self.allowsRegistration = allowsRegistration
            self.hasArchives = hasArchives
            self.archiveDays = archiveDays
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

        package init(
            mechanisms: Set<String>? = nil, allowsPlainWithoutTLS: Bool = false,
            iterations: Int = 10_000
        ) {
            self.mechanisms = mechanisms
            self.allowsPlainWithoutTLS = allowsPlainWithoutTLS
            self.iterations = iterations
        }
    }

    /// Whether accounts can be made in band on a host.
    package func allowsRegistration(_ host: String) -> Bool {
        hosts[host]?.allowsRegistration ?? registration.isEnabled
    }

    /// XEP-0077: off unless the configuration says otherwise.
    package struct Registration: Sendable, Equatable {
        package var isEnabled: Bool
        /// New accounts per hour from one address; nil = any number.
        package var perHour: Int?
        package var minimumPasswordLength: Int

        package init(isEnabled: Bool = false, perHour: Int? = 5, minimumPasswordLength: Int = 8) {
            self.isEnabled = isEnabled
            self.perHour = perHour
            self.minimumPasswordLength = minimumPasswordLength
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
    package var limits: ServerLimits
    package var authentication: Authentication
    package var archive: Archive
    /// Names this installation's store, so that ids made from its row numbers are nobody else's.
    package var instance: String

    package init(
        hosts: [Host], components: [Component] = [], registration: Registration = Registration(),
        limits: ServerLimits = ServerLimits(), authentication: Authentication = Authentication(),
        archive: Archive = Archive(), instance: String = "local"
    ) {
        self.hosts = Dictionary(hosts.map { ($0.name, $0) }) { first, _ in first }
        self.components = Dictionary(components.map { ($0.domain, $0) }) { first, _ in first }
        self.registration = registration
        self.limits = limits
        self.authentication = authentication
        self.archive = archive
        self.instance = instance
    }
}
