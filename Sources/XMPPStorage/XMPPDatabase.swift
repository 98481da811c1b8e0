//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB
internal import Synchronization

/// The server's store: one SQLite file in WAL mode, one writer that commits in groups, concurrent readers.
///
/// The stores (``AccountStore``, ``RosterStore``, …) are views of it; its operations take and give domain types only.
/// Strings are text that XML can carry: one with U+0000 in it would be cut there.
package final class XMPPDatabase: Sendable {
    /// Where the file is.
    package let path: String
    let pool: DatabasePool
    /// Gives archived messages their names.
    let archiveClock: ArchiveClock
    private let writer: GroupCommitWriter
    private let readers = ReaderThreads()
    private let isClosed = Mutex(false)
    /// A folder of our own to remove in the end, for databases that live in a test only.
    private let temporaryDirectory: String?

    /// Opens or creates the database file (mode 0600), checks it and migrates it to this program's schema.
    ///
    /// Blocks while it checks and migrates. Throws `newerSchema` for a file written by a newer program, `corrupt` for a
    /// damaged one, `cannotOpen` when there is no way to it.
    /// `clock` is the system's, in microseconds since 1970.
    package convenience init(
        path: String, durability: StorageDurability = .full,
        clock: @escaping @Sendable () -> Int64 = ArchiveClock.system
    ) throws(StorageError) {
        try self.init(path: path, isTemporary: false, durability: durability, clock: clock)
    }

    /// Opens an empty database for a test: a file in a new temporary folder (WAL has no memory mode) that is removed with
    /// the object, and that is not flushed to disk.
    package convenience init(
        inMemory label: String, clock: @escaping @Sendable () -> Int64 = ArchiveClock.system
    ) throws(StorageError) {
        let directory = Self.temporaryRoot + "/\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .cannotOpen(path: directory, reason: "\(error)")
        }
        try self.init(path: directory + "/\(label).sqlite", isTemporary: true, clock: clock)
    }

    /// Holds the folders of this process's temporary databases. It goes with the process: timers keep some of them until
    /// then.
    private static let temporaryRoot: String = {
        atexit { try? FileManager.default.removeItem(atPath: XMPPDatabase.temporaryRoot) }
        return NSTemporaryDirectory() + "switchboard-\(getpid())-\(UUID().uuidString)"
    }()

    private init(
        path: String, isTemporary: Bool, durability: StorageDurability = .full,
        clock: @escaping @Sendable () -> Int64
    ) throws(StorageError) {
        self.path = path
        temporaryDirectory = isTemporary ? String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)) : nil
        try DatabaseFile.create(path)
        pool = try DatabaseFile.openPool(path, synchronous: isTemporary ? "OFF" : durability.pragma)
        do {
            archiveClock = ArchiveClock(last: try pool.read(ArchiveStore.lastClock), now: clock)
        } catch {
            throw StorageError(error)
        }
        let connections = try (0..<StorageLimits.readerThreads).map { _ throws(StorageError) in
            try DatabaseFile.openReader(path)
        }
        writer = GroupCommitWriter(pool)
        writer.start()
        readers.start(connections)
    }

    deinit {
        // The threads hold the writer and the pool until they are through; only then may the folder go.
        let directory = temporaryDirectory
        readers.stop { [writer] in
            writer.stop {
                if let directory {
                    try? FileManager.default.removeItem(atPath: directory)
                }
            }
        }
    }

    /// Counters of the writer.
    package var statistics: WriterStatistics { writer.statistics }

    /// Queues a write operation and returns at once.
    ///
    /// The operation runs on the writer's thread in a transaction shared with others, in a savepoint of its own: if it
    /// throws, only its own changes are undone. After the commit is on disk the completion runs on the writer's thread:
    /// it must be quick and hop to where it belongs. A refusal (`overloaded`, `closed`) is told at once on the caller's
    /// thread. Operations run, and are answered, in the order they were submitted.
    /// `bytes` is what the operation holds in memory, for the bound on the queue. With `isUndoable` false there is no
    /// savepoint, which is dear: for what throws only before its first change. If it does so later, all of the
    /// transaction is undone.
    package func submit(
        bytes: Int = 0, isUndoable: Bool = true,
        _ operation: @escaping @Sendable (WriteContext) throws -> Void,
        completion: @escaping @Sendable (Result<Void, StorageError>) -> Void
    ) {
        writer.submit(bytes: bytes, isUndoable: isUndoable, operation, completion: completion)
    }

    /// Runs a write operation and returns its value once the commit is on disk. See ``submit(bytes:_:completion:)``.
    package func write<Value: Sendable>(
        bytes: Int = 0,
        _ operation: @escaping @Sendable (WriteContext) throws -> Value
    ) async throws(StorageError) -> Value {
        let box = WriteResult<Value>()
        let result: Result<Void, StorageError> = await withCheckedContinuation { continuation in
            writer.submit(bytes: bytes) { context in
                box.store(try operation(context))
            } completion: { result in
                continuation.resume(returning: result)
            }
        }
        try result.get()
        return try box.take()
    }

    /// Runs a query on one of the readers, which sees the last commit.
    func read<Value: Sendable>(
        _ query: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        if isClosed.withLock({ $0 }) {
            throw .closed
        }
        if Task.isCancelled { throw .cancelled }
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let isTaken = readers.submit { database in
                do {
                    continuation.resume(returning: .success(try query(database)))
                } catch {
                    continuation.resume(returning: .failure(StorageError(error)))
                }
            }
            if !isTaken { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    /// The same for who does not wait: `answer` is called once, as a rule on a reader's thread. One statement needs no
    /// transaction to see one state.
    func read<Value: Sendable>(
        isOneStatement: Bool = false, _ query: @escaping @Sendable (Database) throws -> Value,
        answer: @escaping @Sendable (Result<Value, StorageError>) -> Void
    ) {
        let isTaken =
            !isClosed.withLock({ $0 })
            && readers.submit(isOneStatement: isOneStatement) { database in
                do {
                    answer(.success(try query(database)))
                } catch {
                    answer(.failure(StorageError(error)))
                }
            }
        if !isTaken { answer(.failure(.closed)) }
    }

    /// A setting of the writer's connection as SQLite has it, such as `synchronous`.
    func setting(_ pragma: String) async throws(StorageError) -> String? {
        try await write { context in
            try context.perform { try String.fetchOne($0, sql: "PRAGMA \(pragma)") }
        }
    }

    /// Commits what waits, then closes the file. Later writes and reads fail with `closed`.
    package func close() async {
        isClosed.withLock { $0 = true }
        await withCheckedContinuation { continuation in
            readers.stop { [writer] in
                writer.stop { continuation.resume() }
            }
        }
    }

    /// Sets the largest size the file may grow to, in pages of 4 KB (never below its present size). Beyond it
    /// writes fail with `diskFull`.
    package func limitSize(pages: Int) async throws(StorageError) {
        // A pragma is no part of the transaction it runs in: it holds for the writer's connection from now on.
        try await write { context in
            try context.perform { database in
                _ = try Row.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
            }
        }
    }
}

/// Carries an operation's value from the writer's thread to the task that waits.
private final class WriteResult<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func store(_ value: Value) {
        self.value.withLock { $0 = value }
    }

    func take() throws(StorageError) -> Value {
        guard let value = value.withLock({ $0 }) else {
            throw .failed("the operation gave no value")
        }
        return value
    }
}
