//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
    /// A shared roster group: its members are in one another's rosters.
    struct Group: Sendable, Equatable {
        /// What rosters show; the group's name if nil.
        var label: String?
        var accounts: [JID] = []
        /// Hosts all of whose accounts are members.
        var hosts: [JID] = []

        static let schema = SectionSchema<Group>(
            [
                Field(
                    "label", \.label, .optional(.text), example: "Customer support",
                    "What contact lists show. Default: the group's name."),
                Field(
                    "accounts", \.accounts, .list(of: .account), example: "[alice@acme.example, bob@acme.example]",
                    "The members, by address."),
                Field(
                    "hosts", \.hosts, .list(of: .domain), example: "[]",
                    "Hosts all of whose accounts are members, too."),
            ],
            finish: { group, path, reading in
                if group.accounts.isEmpty, group.hosts.isEmpty {
                    reading.report("this group has no members; give accounts or hosts", at: path)
                }
            })

        static let reader: ValueReader<NamedValues<Group>> = .map(
            .text, named: "Support", { _ in Group() }, name: \.self, exampleKey: "Support", schema)
    }

    /// Who may do what others may not.
    struct Roles: Sendable, Equatable {
        var admins: [JID] = []
        var broadcast: [JID] = []
        var invite: [JID] = []

        static let schema = SectionSchema<Roles>([
            Field(
                "admins", \.admins, .list(of: .account),
                "Administrators: they may do everything, broadcasting included."),
            Field("broadcast", \.broadcast, .list(of: .account), "Accounts that may send broadcasts."),
            Field(
                "invite", \.invite, .list(of: .account),
                "Accounts that may invite people to make an account, also one of a certain name."),
        ])
    }

    /// An account made at the first start.
    struct InitialAccount: Sendable, Equatable {
        let address: JID
        /// Set in every loaded configuration.
        var password: Secret?

        static let schema = SectionSchema<InitialAccount>(
            [
                Field(
                    "password", \.password, .optional(.secret), example: "change-me-please",
                    "The password. Only its SCRAM keys are stored."),
                Field(
                    "password_file", \.password, .optional(.secretFile), example: "secrets/alice",
                    "A file that holds the password, instead of password. Relative to the folder of this file."),
            ],
            finish: { account, path, reading in
                reading.checkSecret(account.password, "password", in: path, isRequired: true)
            })

        static let reader: ValueReader<NamedValues<InitialAccount>> = .map(
            .account, named: "alice@acme.example", { InitialAccount(address: $0) }, name: \.bareString,
            exampleKey: JID.sample, schema)
    }

    /// Broadcast addresses.
    struct Broadcast: Sendable, Equatable {
        /// A domain below one of the hosts, whose people it reaches. Nil: there are no broadcasts.
        var host: JID?

        static let schema = SectionSchema<Broadcast>([
            Field(
                "host", \.host, .optional(.domain), example: "broadcast.acme.example",
                """
                The domain of the addresses all@, online@ and GROUP@. It must lie below one of the hosts, whose people it reaches. \
                Without it there are no broadcasts.
                """)
        ])
    }
}

extension ConfigurationReading {
    /// Reports a secret that was given twice, inline and as a file, or not at all.
    mutating func checkSecret(_ secret: Secret?, _ key: String, in path: [String], isRequired: Bool) {
        let isInline = isGiven(path + [key])
        let isFile = isGiven(path + [key + "_file"])
        if isInline, isFile {
            report("give \(key) or \(key)_file, not both", at: path + [key + "_file"])
        } else if isRequired, !isInline, !isFile {
            report("this key is required; give \(key) or \(key)_file", at: path + [key])
        }
    }
}
