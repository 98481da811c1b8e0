//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// `switchboard invite`: links to make an account, on the store itself; the server may run or not.
struct InviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Invite people to make an account.",
        subcommands: [New.self, List.self, Revoke.self], defaultSubcommand: New.self)

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Make an invitation and print its link.",
            discussion: "The link is not stored: keep it, or make another one.")
        @Option(help: "The host; the first one of the configuration if not given.") var host: String?
        @Option(help: "The account's name, which is then kept for whoever has the link.") var name: String?
        @Option(help: "The address of an account that is to be the newcomer's first contact.") var contact: String?
        @Option(name: .customLong("group"), help: "A group in which the contact keeps the newcomer; may be repeated.")
        var groups: [String] = []
        @Option(help: "Days that it holds; invitations.days of the configuration if not given.") var days: Int?
        @Option(help: "How many accounts can be made with it.") var uses = 1
        @Flag(help: "Write JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let invitation = try await InvitationAdministration(option.load(for: .server)).invite(
                .init(host: host, name: name, contact: contact, groups: groups, days: days, uses: uses))
            print(try json ? InvitationAdministration.json(invitation) : InvitationAdministration.text(invitation))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the invitations that can still be used.")
        @Argument(help: "One host only.") var host: String?
        @Flag(help: "Write JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let listed = try await InvitationAdministration(option.load(for: .server)).list(host: host)
            let text = try json ? InvitationAdministration.json(listed) : InvitationAdministration.text(listed)
            if !text.isEmpty { print(text) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Take an invitation back.")
        @Argument(help: "Its number in the list.") var id: Int64
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            try await InvitationAdministration(option.load(for: .server)).revoke(id)
            print("Invitation \(id) is taken back.")
        }
    }
}
