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
    /// Rows that were handed over and are in the store yet.
    private(set) var handed: Set<Int64> = []
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
    var isDone: Bool { phase == .sent && handed.isEmpty }

    /// Something has come to the store; true if it is to be read now, false if that is done anyway.
    mutating func readOn() -> Bool {
        switch phase {
        case .reading:
            hasMore = true
            return false
        case .full, .stalled: return false
        case .sent:
            phase = .reading
            return true
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

    /// What may be handed over now.
    var room: OfflineRoom {
        let isThere = handed.count < Self.rowLimit && bytes < Self.byteLimit
        return OfflineRoom(
            rows: isThere ? Self.rowLimit - handed.count : 0, bytes: isThere ? Self.byteLimit - bytes : 0,
            handed: handed)
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
        handed.formUnion(part.rows)
        bytes += part.bytes
    }

    /// The session has had this, and the store has it no longer; true if the store is to be read now.
    mutating func remove(_ part: OfflinePart) -> Bool {
        handed.subtract(part.rows)
        bytes -= part.bytes
        guard phase == .full || phase == .stalled else { return false }
        phase = .reading
        return true
    }

    /// The session acknowledges nothing; true if something has waited for that.
    mutating func stall() -> Bool {
        guard phase == .full else { return false }
        phase = .stalled
        return true
    }
}

/// What may be handed over at a time of what has waited.
struct OfflineRoom: Sendable {
    var rows: Int
    /// But for the last row.
    var bytes: Int
    /// Rows that have been handed over, and may be in the store yet.
    var handed: Set<Int64>
}

/// What was handed over at a time of what had waited.
struct OfflinePart: Sendable {
    var rows: [Int64]
    var bytes: Int
}

/// The right to read for a flush.
struct OfflineReading: Sendable {
    let flush: UInt64
    let session: SessionHandle
    /// Nothing has been handed over yet.
    var isNew = false
}

/// What was seen of the offline store before a session was there.
struct OfflineGlance: Sendable {
    /// Something waited for its account.
    let hasStanzas: Bool
    /// The newest row before that was looked at.
    let newest: Int64
}

/// What a message that has come just now must not overtake on its way to a session.
struct AwaitedRows: Sendable {
    /// The flush of the offline store that gives them, 0 for none.
    var flush: UInt64
    /// The newest row of the store when the message came: it was there before those that are newer.
    var newest: Int64

    static let nothing = AwaitedRows(flush: 0, newest: 0)
}
