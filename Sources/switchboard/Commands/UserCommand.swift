//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import XMPPCore

/// `switchboard user`: accounts, on the store itself; the server may run or not.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make, change, shut out, delete and list accounts.",
        subcommands: [
            Add.self, Password.self, Disable.self, Enable.self, Delete.self, List.self, Devices.self, SignOut.self,
            Certificates.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Make an account.")
        @Argument(help: "The account's address, name@host.") var address: String
        @OptionGroup var password: PasswordOption
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server), createsStore: true)
            let account = try accounts.address(address)
            try await accounts.add(account, password: password.read(for: account.bareString))
            print("\(account.bareString) is made.")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "passwd", abstract: "Change an account's password.")
        @Argument(help: "The account's address, name@host.") var address: String
        @OptionGroup var password: PasswordOption
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            try await accounts.setPassword(password.read(for: account.bareString), of: account)
            print("\(account.bareString) has a new password.")
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Shut an account out; its sessions end, and all that is kept for it stays.")
        @Argument(help: "The account's address, name@host.") var address: String
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            try await accounts.setDisabled(true, of: account)
            print("\(account.bareString) is disabled.")
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable", abstract: "Let an account in again.")
        @Argument(help: "The account's address, name@host.") var address: String
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            try await accounts.setDisabled(false, of: account)
            print("\(account.bareString) is enabled.")
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete an account and everything kept for it.")
        @Argument(help: "The account's address, name@host.") var address: String
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            try await accounts.delete(account)
            print("\(account.bareString) is deleted.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the accounts.")
        @Argument(help: "One host only.") var host: String?
        @Flag(help: "Write JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try await AccountAdministration(option.load(for: .server)).list(host: host)
            let text = json ? try AccountAdministration.json(accounts) : AccountAdministration.text(accounts)
            if !text.isEmpty { print(text) }
        }
    }

    struct Devices: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "devices", abstract: "List the devices that an account has logged in with.")
        @Argument(help: "The account's address, name@host.") var address: String
        @Flag(help: "Write JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let devices = try await accounts.devices(of: accounts.address(address))
            let text = json ? try AccountAdministration.json(devices) : AccountAdministration.text(devices)
            if !text.isEmpty { print(text) }
        }
    }

    struct SignOut: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-out",
            abstract: "Sign devices out: they need the password to log in again, and their sessions end.",
            discussion: "Without ids, the account's certificates go as well.")
        @Argument(help: "The account's address, name@host.") var address: String
        @Argument(help: "Ids of devices; all of them if none is given.") var devices: [String] = []
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            let count = try await accounts.signOut(devices, of: account)
            let certificates = devices.isEmpty ? try await accounts.revokeCertificates([], of: account) : 0
            print("Devices signed out: \(count).")
            if certificates > 0 { print("Certificates revoked: \(certificates).") }
        }
    }

    struct Certificates: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "certificates", abstract: "List or revoke the certificates that an account logs in with.")
        @Argument(help: "The account's address, name@host.") var address: String
        @Option(help: "Revoke the certificate of this name.") var revoke: [String] = []
        @Flag(help: "Write JSON.") var json = false
        @OptionGroup var option: ConfigurationOption

        func run() async throws {
            let accounts = try AccountAdministration(option.load(for: .server))
            let account = try accounts.address(address)
            guard revoke.isEmpty else {
                return print("Certificates revoked: \(try await accounts.revokeCertificates(revoke, of: account)).")
            }
            let list = try await accounts.certificates(of: account)
            let text = json ? try AccountAdministration.json(list) : AccountAdministration.text(list)
            if !text.isEmpty { print(text) }
        }
    }
}
