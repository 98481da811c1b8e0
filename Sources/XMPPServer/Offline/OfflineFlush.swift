//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How far a session is with being given what waited for its account: what it has been handed, and what of that it has
/// not acknowledged. Only so much is handed over at a time; what is acknowledged is removed from the store.
struct OfflineFlush: Sendable {
    enum Phase {
        /// The store is being read, and will be again if something came to it meanwhile.
        case reading
        /// There is more, and the session has to acknowledge first.
        case full
        /// The same, and the session is there and acknowledges nothing: new messages wait for that no longer.
        case stalled
        /// All has been handed over, not all acknowledged.
        case sent
    }

    /// Its number in the account.
    let id: UInt64
    let receiver: SessionHandle
    private(set) var phase = Phase.reading
    /// The last row that was handed over.
    private var through: Int64 = 0
    /// What was handed over and is in the store yet.
    private var rows = 0
    private var bytes = 0
    private var hasMore = false

    /// Rows handed over at a time.
    static let rowLimit = 100
    /// Bytes handed over at a time, but for the last row: far less than closes a slow client.
    static let byteLimit = 262_144

    init(id: UInt64, receiver: SessionHandle) {
        self.id = id
        self.receiver = receiver
    }

    /// The receiver has still to be given what new messages must not overtake.
    var isUnderWay: Bool { phase == .reading || phase == .full }

    /// It is over.
    var isDone: Bool { phase == .sent && rows == 0 }

    /// Something has come to the store.
    ///
    /// - Returns: the row behind which it is to be read now; nil if that is done anyway.
    mutating func readOn() -> Int64? {
        switch phase {
        case .reading:
            hasMore = true
            return nil
        case .full, .stalled: return nil
        case .sent:
            phase = .reading
            return through
        }
    }

    /// The store had nothing more; true if that is the end, false if it has to be read again.
    mutating func cameToEnd() -> Bool {
        guard !hasMore else {
            hasMore = false
            return false
        }
        phase = .sent
        return true
    }

    /// Rows and bytes that may be handed over now.
    var room: (rows: Int, bytes: Int) {
        rows < Self.rowLimit && bytes < Self.byteLimit ? (Self.rowLimit - rows, Self.byteLimit - bytes) : (0, 0)
    }

    /// There is more than may be handed over; false if that has changed.
    mutating func pause() -> Bool {
        guard room.rows == 0 else { return false }
        phase = .full
        hasMore = false
        return true
    }

    /// Notes what was handed over.
    mutating func handOver(_ part: OfflinePart) {
        through = part.last
        rows += part.rows
        bytes += part.bytes
    }

    /// The session has had this, and the store has it no longer.
    ///
    /// - Returns: the row behind which the store is to be read now; nil if that has not been waiting for this.
    mutating func remove(_ part: OfflinePart) -> Int64? {
        rows -= part.rows
        bytes -= part.bytes
        guard phase == .full || phase == .stalled else { return nil }
        phase = .reading
        return through
    }

    /// The session acknowledges nothing; true if something has waited for that.
    mutating func stall() -> Bool {
        guard phase == .full else { return false }
        phase = .stalled
        return true
    }
}

/// What was handed over at a time of what had waited.
struct OfflinePart: Sendable {
    /// The last row.
    var last: Int64
    var rows: Int
    var bytes: Int
}

/// The right to read for a flush.
struct OfflineReading: Sendable {
    let flush: UInt64
    let session: SessionHandle
    /// Rows up to this one have been handed over.
    let after: Int64
}

/// What a message that has come just now must not overtake on its way to a session.
struct AwaitedRows: Sendable {
    /// The flush of the offline store that gives them, 0 for none.
    var flush: UInt64
    /// The newest row of the store when the message came: it was there before those that are newer.
    var newest: Int64

    static let none = AwaitedRows(flush: 0, newest: 0)
}
