//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The store's own limits. Quotas of accounts and components are the caller's and come as ``StorageQuota``.
package enum StorageLimits {
    /// Most operations in one transaction: above 100 a larger group no longer lowers the cost of a row (measured).
    package static let operationsPerCommit = 256
    /// How long a transaction may go on taking operations from a queue that never empties, in milliseconds. A person
    /// does not notice it; a disk that flushes in 1 ms is used well.
    package static let commitInterval = 3
    /// Operations that may wait for the writer.
    package static let queuedOperations = 16_384
    /// Bytes that may wait for the writer, by the callers' word.
    package static let queuedBytes = 64 << 20
    /// How long a connection waits for another process's lock, in seconds.
    package static let busyTimeout = 5.0
    /// Threads that queries run on: queries are short, and more threads would only wake one another.
    package static let readerThreads = 2
    /// The writer's page cache in bytes: the ends of all archives that are written to, instead of reading them each time.
    package static let writerCache = 64 << 20
    /// Pages in the write-ahead log that start a checkpoint: 16 MB of 4-KB pages.
    package static let checkpointPages = 4000
    /// The write-ahead log is cut to this size after a checkpoint, in bytes.
    package static let writeAheadLogBytes = 64 << 20
    /// Removed contacts remembered per account, so that roster versioning can send differences (RFC 6121 §2.6). Older
    /// ones are forgotten, and a client that old is sent its whole roster.
    package static let rememberedRemovals = 256
    /// Rows of the offline store that refer to an account's archive: a hundred bytes each. Archives have limits of their own.
    package static let offlineReferences = 100_000
}

/// How much one account or one component may keep in a queue of the store.
package struct StorageQuota: Sendable, Equatable {
    /// Most stanzas.
    package var stanzas: Int
    /// Most bytes of serialised stanzas.
    package var bytes: Int

    package init(stanzas: Int, bytes: Int) {
        self.stanzas = stanzas
        self.bytes = bytes
    }
}

/// How much of a ``StorageQuota`` is in use.
package struct StorageUsage: Sendable, Equatable {
    package var stanzas: Int
    package var bytes: Int

    package init(stanzas: Int, bytes: Int) {
        self.stanzas = stanzas
        self.bytes = bytes
    }
}
