//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB
internal import Synchronization

extension XMPPDatabase {
    /// Writes a copy of the database, as of one moment, while the server goes on (SQLite's backup API).
    ///
    /// The copy is made under a temporary name beside `destination`, checked, flushed and only then renamed: a file named
    /// `destination` is always whole. An existing one is replaced. The copy is marked: a server that opens it jumps its
    /// counters past everything the original can have handed out since.
    package func backup(to destination: String) async throws(StorageError) {
        let result: Result<Void, StorageError> = await withCheckedContinuation { continuation in
            // A thread of its own: the copy takes as long as the disk needs.
            let thread = Thread { continuation.resume(returning: self.writeBackup(to: destination)) }
            thread.name = "xmpp-backup"
            thread.start()
        }
        try result.get()
    }

    /// Writes a copy into a folder, named after the moment – `stamp`, in milliseconds since 1970 –, such as
    /// `switchboard-20261122T041848123Z.sqlite`. Returns its path.
    package func backup(intoDirectory directory: String, stamp: Int64) async throws(StorageError) -> String {
        let path = directory + "/switchboard-" + Self.name(of: stamp) + ".sqlite"
        try await backup(to: path)
        return path
    }

    private func writeBackup(to destination: String) -> Result<Void, StorageError> {
        let temporary = destination + ".partial"
        do {
            try Self.removeFiles(temporary)
            try DatabaseFile.create(temporary)
            let copy = try DatabaseQueue(path: temporary)
            // All pages in one step, from a reader's snapshot: the writer is not held up, and the copy never restarts.
            try pool.backup(to: copy)
            try copy.close()
            try DatabaseFile.execute(Schema.markAsCopy, onFile: temporary, check: true)
            try Self.flush(temporary)
            guard rename(temporary, destination) == 0 else {
                throw StorageError.io(String(cString: strerror(errno)))
            }
            try Self.flush(Self.directory(of: destination))
            return .success(())
        } catch {
            try? Self.removeFiles(temporary)
            return .failure(StorageError(error))
        }
    }

    private static func removeFiles(_ path: String) throws {
        for suffix in ["", "-wal", "-shm", "-journal"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes sure a file or a folder's entries are on the disk.
    private static func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StorageError.io(String(cString: strerror(errno)))
        }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw StorageError.io(String(cString: strerror(errno)))
        }
    }

    /// A moment as a file name that sorts by time.
    private static func name(of stamp: Int64) -> String {
        // The milliseconds by hand: as a fraction of a Double they may be one too few.
        let (seconds, milliseconds) = (stamp / 1000, stamp % 1000)
        let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        let text = style.format(Date(timeIntervalSince1970: Double(seconds)))
        return text.filter { $0 != "Z" } + String(1000 + milliseconds).dropFirst() + "Z"
    }
}
