//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Why a store cannot do what it was asked.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The file was written by a later version of the program.
    case newerSchema(found: Int, known: Int)
    /// What is stored cannot be read: the file is damaged or not ours.
    case damaged(String)
    /// An earlier change could not be written (disk full, say). The state in memory is ahead of the log; nothing more
    /// is written until it has been loaded again.
    case stopped(String)
    /// SQLite's own message.
    case database(String)

    package var description: String {
        switch self {
        case .newerSchema(let found, let known):
            "the database has schema version \(found), this program knows \(known): use the newer program"
        case .damaged(let reason): "the database cannot be read: \(reason)"
        case .stopped(let reason): "nothing more is written since a change failed: \(reason)"
        case .database(let reason): reason
        }
    }
}
