//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Why the store refused or failed. Descriptions never hold stanza text or secrets.
package enum StorageError: Error, Equatable, Sendable {
    /// What was to be created is there already.
    case exists
    /// What was addressed does not exist.
    case notFound
    /// The owner's share of the store is used up; nothing was written.
    case quotaExceeded
    /// The writer's queue is full; nothing was written. The caller should shed load or ask again later.
    case overloaded
    /// The database was closed before the operation could run.
    case closed
    /// The disk, or the size allowed to the database, is full. The operation is undone; it can succeed once there is
    /// space again.
    case diskFull
    /// The disk failed. The operation is undone.
    case io(String)
    /// The file is damaged, or no SQLite database at all.
    case corrupt(String)
    /// The file was written by a newer program: it holds the migrations listed, which this program does not know.
    case newerSchema(unknownMigrations: [String])
    /// The file could not be opened or made.
    case cannotOpen(path: String, reason: String)
    /// The task that waited for the answer was cancelled.
    case cancelled
    /// Anything else: a mistake in an operation, or a lock held by another program for too long.
    case failed(String)

    /// True for failures that are not the operation's own: whatever shared its transaction has failed as well.
    package var concernsWholeDatabase: Bool {
        switch self {
        case .diskFull, .io, .corrupt: true
        default: false
        }
    }

    /// The store's view of any error met under it.
    init(_ error: any Error) {
        switch error {
        case let error as StorageError:
            self = error
        case is CancellationError:
            self = .cancelled
        case let error as DatabaseError:
            self.init(error)
        default:
            self = .failed("\(type(of: error))")
        }
    }

    /// SQLite's result codes (https://sqlite.org/rescode.html) in the store's words. Only code and message are kept: the
    /// statement's arguments hold people's text.
    private init(_ error: DatabaseError) {
        let reason = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL:
            self = .diskFull
        case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PROTOCOL:
            self = .io(reason)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .corrupt(reason)
        case .SQLITE_ABORT where error.message == "Transaction was aborted", .SQLITE_INTERRUPT:
            self = .cancelled
        case .SQLITE_MISUSE where error.message == "Connection is closed":
            self = .closed
        default:
            self = .failed(reason)
        }
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists: "exists already"
        case .notFound: "not found"
        case .quotaExceeded: "quota exceeded"
        case .overloaded: "too many writes are waiting"
        case .closed: "the database is closed"
        case .diskFull: "the disk is full"
        case .io(let reason): "the disk failed: \(reason)"
        case .corrupt(let reason): "the database is damaged: \(reason)"
        case .newerSchema(let unknown):
            "the database was written by a newer version of the program; unknown migrations: "
                + unknown.joined(separator: ", ")
        case .cannotOpen(let path, let reason): "cannot open the database \(path): \(reason)"
        case .cancelled: "cancelled"
        case .failed(let reason): "the operation failed: \(reason)"
        }
    }
}
