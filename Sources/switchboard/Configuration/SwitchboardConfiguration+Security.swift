//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// Encryption, for all hosts.
    struct TLS: Sendable, Equatable {
        enum Version: String, Sendable, CaseIterable {
            case v12 = "1.2"
            case v13 = "1.3"
        }

        var minimumVersion = Version.v12
        /// For hosts without a certificate of their own.
        var certificate: String?
        var key: String?

        static let schema = SectionSchema<TLS>(
            [
                Field("minimum_version", \.minimumVersion, .choice, "The oldest TLS version that is spoken."),
                Field(
                    "certificate", \.certificate, .optional(.path("path", in: .configuration)),
                    example: "certs/fullchain.pem",
                    """
                    Certificate chain as PEM for hosts that name none. A relative path is taken from the folder of this file. Read again \
                    on SIGHUP.
                    """),
                Field(
                    "key", \.key, .optional(.path("path", in: .configuration)), example: "certs/privkey.pem",
                    "The certificate's private key as PEM."),
            ],
            finish: { tls, path, reading in
                if (tls.certificate == nil) != (tls.key == nil) {
                    reading.report("certificate and key go together; give both or neither", at: path)
                }
            })
    }

    /// How clients log in.
    struct Authentication: Sendable, Equatable {
        enum Mechanism: String, Sendable, CaseIterable {
            case external = "EXTERNAL"
            case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
            case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
            case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
            case scramSHA512 = "SCRAM-SHA-512"
            case scramSHA256 = "SCRAM-SHA-256"
            case scramSHA1 = "SCRAM-SHA-1"
            case plain = "PLAIN"
            case anonymous = "ANONYMOUS"
        }

        enum Hash: String, Sendable, CaseIterable {
            case sha1 = "SHA-1"
            case sha256 = "SHA-256"
            case sha512 = "SHA-512"
        }

        /// In the order in which they are offered.
        var mechanisms = Mechanism.allCases
        /// Whether PLAIN is offered without TLS.
        var allowsPlainWithoutTLS = false
        /// For passwords set from now on; RFC 7677 §4 asks for at least 4096.
        var scramIterations = 10_000
        /// Hashes that keys are kept for.
        var storedKeys = Hash.allCases
        /// 0 is no tokens at all.
        var tokenDays = 21
        var tokenRotationHours = 24
        var failuresPerAddress = 30
        var failuresPerAccount = 30
        var failuresPerAccountAndAddress = 8

        static let schema = SectionSchema<Authentication>(
            [
                Field(
                    "mechanisms", \.mechanisms, .list(of: .choice),
                    """
                    SASL mechanisms that may be offered. Those with -PLUS are bound to the TLS connection and need one; SCRAM-SHA-512 is \
                    offered on a host once all its accounts have keys for it; EXTERNAL is offered to clients with a certificate that \
                    listeners.NAME.client_ca vouches for, ANONYMOUS on hosts with "anonymous: true".
                    """),
                Field(
                    "allow_plain_without_tls", \.allowsPlainWithoutTLS, .boolean,
                    "Whether PLAIN, which sends the password itself, is offered on c2s-plain listeners. For tests only."
                ),
                Field(
                    "scram_iterations", \.scramIterations, .integer(4096...1_000_000),
                    "Rounds of PBKDF2 for passwords that are set from now on. More make guessing and every log-in dearer."
                ),
                Field(
                    "stored_keys", \.storedKeys, .list(of: .choice),
                    """
                    Hashes for which keys are stored of passwords that are set from now on. Clients of accounts without some of them may \
                    add those at log-in (XEP-0480).
                    """),
                Field(
                    "token_days", \.tokenDays, .integer(0...365),
                    """
                    Days that a device can log in without the password after it last did, with a token (XEP-0484); 0 gives out no \
                    tokens. Tokens are made with the key in token.key in the data folder; without that file all are void.
                    """),
                Field(
                    "token_rotation_hours", \.tokenRotationHours, .integer(0...8760),
                    "Hours after which a device that logs in gets a new token for the old one."),
                Field(
                    "failures_per_address", \.failuresPerAddress, .integer(1...1_000_000),
                    """
                    Failed attempts to log in from one IP address (for IPv6 its /64) before it is refused for a while: a second, then \
                    twice as long with each further one. Half of them are forgotten every ten minutes. Who has logged in before from \
                    there, or with that device, is not affected.
                    """),
                Field(
                    "failures_per_account", \.failuresPerAccount, .integer(1...1_000_000),
                    "Failed attempts on one account from places it never logged in from before such attempts are slowed down."
                ),
                Field(
                    "failures_per_account_and_address", \.failuresPerAccountAndAddress, .integer(1...1_000_000),
                    "Failed attempts on one account from one IP address before they are refused or slowed down."),
            ],
            finish: { authentication, path, reading in
                if !authentication.storedKeys.contains(.sha256) {
                    reading.report(
                        "SHA-256 must be among them: it is what all clients can use", at: path + ["stored_keys"])
                }
                if authentication.tokenDays > 0, authentication.tokenRotationHours > authentication.tokenDays * 24 {
                    reading.report("must not be longer than token_days", at: path + ["token_rotation_hours"])
                }
                if authentication.mechanisms.isEmpty {
                    reading.report("at least one mechanism is needed", at: path + ["mechanisms"])
                }
            })
    }

    /// Making accounts from a client (XEP-0077).
    struct Registration: Sendable, Equatable {
        var isEnabled = false
        /// 0 is no limit.
        var perAddressPerHour = 3
        /// In characters; also for `switchboard user`.
        var minimumPasswordLength = 8
        var allowsPasswordChange = true
        var allowsRemoval = true
        var requiresTLS = true
        var asksForPassword = false
        var endsSessionsOnPasswordChange = false

        static let schema = SectionSchema<Registration>([
            Field(
                "enabled", \.isEnabled, .boolean,
                "Whether anybody may make an account. Without it accounts are made by \"switchboard user\" and by invitation."
            ),
            Field(
                "per_address_per_hour", \.perAddressPerHour, .integer(0...1_000_000),
                "Accounts that one IP address may make in an hour; 0 is no limit."),
            Field(
                "minimum_password_length", \.minimumPasswordLength, .integer(1...128),
                "Shortest password, in characters. A password may never be the account's name."),
            Field(
                "password_change", \.allowsPasswordChange, .boolean,
                "Whether people may change their password from their client."),
            Field(
                "removal", \.allowsRemoval, .boolean, "Whether people may delete their own account from their client."),
            Field(
                "require_tls", \.requiresTLS, .boolean,
                "Whether changing the password and deleting the account need an encrypted connection."),
            Field(
                "ask_password", \.asksForPassword, .boolean,
                """
                Whether changing the password and deleting the account ask for the present password once more, in a form. Clients \
                that know no forms (XEP-0004) can then do neither.
                """),
            Field(
                "password_change_ends_sessions", \.endsSessionsOnPasswordChange, .boolean,
                "Whether a new password ends the account's other sessions."),
        ])
    }
}
