//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyStorage
import FoundationEssentials
import XMPPStorage

/// Copies the databases of a configuration while they are in use. The copies have the databases' names, so that the folder can take the
/// place of the data folder.
struct Backup: Sendable {
    private let configuration: SwitchboardConfiguration

    init(_ configuration: SwitchboardConfiguration) {
        self.configuration = configuration
    }

    /// Makes the copies and returns their paths. A copy of an earlier backup is replaced once the new one is whole.
    func run(into folder: String) async throws -> [String] {
        let files = FileManager.default
        let target = ConfigurationText.path(folder, in: files.currentDirectoryPath)
        var copies: [String] = []
        let server = configuration.storage.path
        if files.fileExists(atPath: server) {
            let copy = try destination(of: server, in: target)
            try await XMPPDatabase(path: server).backup(to: copy)
            copies.append(copy)
        }
        if let bridge = configuration.bridge?.storage, files.fileExists(atPath: bridge) {
            let copy = try destination(of: bridge, in: target)
            try await ServiceStore(path: bridge).backup(to: copy)
            copies.append(copy)
        }
        if let customers = configuration.bridge?.records.embedded, files.fileExists(atPath: customers) {
            let copy = try destination(of: customers, in: target)
            try await CustomerDirectory(path: customers).backup(to: copy)
            copies.append(copy)
        }
        if let people = configuration.bridge?.privacy.people, files.fileExists(atPath: people) {
            let copy = try destination(of: people, in: target)
            try await CustomerBook(path: people) { "" }.backup(to: copy)
            copies.append(copy)
        }
        for file in configuration.bridge.map({ [$0.privacy.audit, $0.privacy.audit + ".head"] }) ?? []
        where files.fileExists(atPath: file) {
            copies.append(try copyFile(file, to: target))
        }
        guard !copies.isEmpty else {
            throw CommandFailure("There is no database in \(configuration.data.path) yet, so nothing to copy.")
        }
        return copies
    }

    /// Copies a file that is only ever added to.
    private func copyFile(_ file: String, to folder: String) throws -> String {
        let copy = try destination(of: file, in: folder)
        do {
            if FileManager.default.fileExists(atPath: copy) { try FileManager.default.removeItem(atPath: copy) }
            try FileManager.default.copyItem(atPath: file, toPath: copy)
        } catch {
            throw CommandFailure("\(file) cannot be copied: \(error)")
        }
        return copy
    }

    /// Where the copy goes; never onto the database itself.
    private func destination(of database: String, in folder: String) throws -> String {
        let name = database.split(separator: "/").last.map(String.init) ?? database
        let copy = folder + "/" + name
        guard copy != database else {
            throw CommandFailure("\(folder) is the folder of the database itself. Name another one.")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure("Cannot make the folder \(folder): check its permissions.")
        }
        return copy
    }
}
