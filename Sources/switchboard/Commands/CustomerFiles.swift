//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import BizBuddyCore
import BizBuddyStorage
import FoundationEssentials
import XMPPCore
import XMPPTLS

/// Telling and deleting what is kept of a customer.
extension CustomerAdministration {
    /// The files of a configuration that are there, opened.
    private struct Opened {
        var clerk = Clerk()
        var store: ServiceStore?

        init(_ configuration: SwitchboardConfiguration) throws {
            guard let bridge = configuration.bridge else {
                throw CommandFailure("The configuration has no section \"bridge\".")
            }
            let files = FileManager.default
            for gateway in bridge.records.gateways { clerk.gateways[gateway.name] = gateway.value.scheme }
            if let path = bridge.privacy.people, files.fileExists(atPath: path) {
                clerk.book = try CustomerBook(path: path) { "p-\(SecureRandom.hexToken(bytes: 12))" }
            }
            if let path = bridge.records.embedded, files.fileExists(atPath: path) {
                clerk.directory = try CustomerDirectory(path: path)
            }
            if files.fileExists(atPath: bridge.storage) { store = try ServiceStore(path: bridge.storage) }
            try files.createDirectory(
                atPath: ConfigurationText.folder(of: bridge.privacy.audit), withIntermediateDirectories: true)
            clerk.audit = try AuditLog(path: bridge.privacy.audit, digest: AuditLog.digest)
        }

        func close() throws {
            try clerk.book?.close()
            try clerk.directory?.close()
            try store?.close()
            try clerk.audit?.close()
        }
    }

    private static func address(_ text: String, _ clerk: Clerk) async throws -> CanonicalAddress {
        if let stone = try await clerk.book?.tombstone(of: text) {
            throw CommandFailure("\(text) was deleted at \(Timestamp(milliseconds: stone.at)) by \(stone.actor).")
        }
        guard let address = clerk.canonical(text) else { throw CommandFailure("\"\(text)\" is no address.") }
        return address
    }

    /// What is kept of a customer, from all addresses; nothing is changed.
    static func file(of text: String, _ configuration: SwitchboardConfiguration) async throws -> CustomerFile {
        let opened = try Opened(configuration)
        let reach = try await opened.clerk.reach(of: address(text, opened.clerk))
        var state: ServiceState?
        if let store = configuration.bridge?.storage, opened.store != nil {
            state = try await ServiceReader(path: store).state()
        }
        let file = try await opened.clerk.file(of: reach, state: state, opened.store)
        try opened.close()
        return file
    }

    /// Gathers what is kept of a customer, and writes down that it was done.
    static func export(_ text: String, _ configuration: SwitchboardConfiguration) async throws -> CustomerFile {
        let file = try await file(of: text, configuration)
        guard let path = configuration.bridge?.privacy.audit else { return file }
        let audit = try AuditLog(path: path, digest: AuditLog.digest)
        try audit.append(
            actor: "console", action: "export", subject: file.person?.id ?? "unknown",
            detail: "\(file.conversations.count) conversations", at: Timestamp.now().milliseconds)
        try audit.close()
        return file
    }

    /// Deletes everything that is kept of a customer: by the running service, else here.
    static func erase(_ text: String, _ configuration: SwitchboardConfiguration) async throws -> String {
        guard !text.contains(where: \.isNewline) else { throw CommandFailure("\"\(text)\" is no address.") }
        let running = try await ControlClient.askIfRunning(
            BridgeOffice.erase(text), configuration.data, .bridge)
        if let running { return running }
        let opened = try Opened(configuration)
        let now = Timestamp.now().milliseconds
        let reach = try await opened.clerk.reach(of: address(text, opened.clerk))
        guard let store = opened.store else {
            throw CommandFailure("The customer service has never run with this configuration: nothing is kept.")
        }
        var state = try await store.load()
        let open = state.holdings(of: Set(reach.customers)).conversations.map(\.id)
        let command = Command.eraseCustomer(reach.customers)
        _ = state.apply(command, at: Instant(milliseconds: now))
        _ = try await store.commit(
            ServiceChange(
                events: [RecordedCommand(command, at: Instant(milliseconds: now))], snapshot: state))
        let answer = try await opened.clerk.erase(reach, open: open, store, actor: "console", at: now)
        try opened.close()
        return answer
    }

    static func json(_ file: CustomerFile) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(file), as: UTF8.self)
    }
}
