//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Holds back presence that changes all the time: another server is told of the first few changes at once, then of what
/// is true after a while. What came in between was never worth a stanza to every contact.
///
/// Every time is in milliseconds since 1970 and handed in.
struct PresenceThrottle: Sendable {
    private struct Key: Hashable {
        let from: JID
        let to: JID
    }

    private struct Entry {
        /// How many may go at once.
        var left: Double
        var counted: Int64
        /// The latest that has not gone.
        var held: Stanza?
    }

    /// Changes that are told at once, and after how long one more is.
    private let burst: Double
    private let interval: Double
    /// More contacts than this are not followed: theirs goes at once.
    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private(set) var held = 0

    init(_ limits: FederationLimits) {
        burst = Double(limits.presenceBurst)
        interval = Double(limits.presenceSeconds) * 1000
        limit = limits.queuedStanzas
    }

    /// Whether it may go now; if not it is held until ``due(_:)``, and takes the place of what was held before it.
    mutating func admits(_ stanza: Stanza, now: Int64) -> Bool {
        guard interval > 0, stanza.isToldToContacts, let from = stanza.from, let to = stanza.to else { return true }
        let key = Key(from: from, to: to)
        if entries[key] == nil, entries.count >= limit { forget(now) }
        guard entries[key] != nil || entries.count < limit else { return true }
        var entry = refilled(entries[key] ?? Entry(left: burst, counted: now), now)
        defer { entries[key] = entry }
        guard entry.left < 1 || entry.held != nil else {
            entry.left -= 1
            return true
        }
        if entry.held == nil { held += 1 }
        entry.held = stanza
        return false
    }

    /// What may go now of what was held.
    mutating func due(_ now: Int64) -> [Stanza] {
        guard held > 0 else { return [] }
        var due: [Stanza] = []
        for (key, entry) in entries {
            var entry = refilled(entry, now)
            guard let stanza = entry.held, entry.left >= 1 else { continue }
            entry.held = nil
            entry.left -= 1
            held -= 1
            entries[key] = entry
            due.append(stanza)
        }
        return due
    }

    /// When the next may go; nil if none is held.
    var wakesAt: Int64? {
        guard held > 0 else { return nil }
        return entries.values.filter { $0.held != nil }.map { $0.counted + Int64((1 - $0.left) * interval) }.min()
    }

    /// Those of whom nothing has been told for a while are as good as unknown.
    mutating func forget(_ now: Int64) {
        entries = entries.filter { $0.value.held != nil || refilled($0.value, now).left < burst }
    }

    private func refilled(_ entry: Entry, _ now: Int64) -> Entry {
        var entry = entry
        entry.left = min(burst, entry.left + Double(max(0, now - entry.counted)) / interval)
        entry.counted = now
        return entry
    }
}

extension Stanza {
    /// Presence of somebody or something for a contact: not directed to a client or an occupant of a room, and not asking.
    fileprivate var isToldToContacts: Bool {
        guard kind == .presence, type == .available || type == .unavailable, let to else { return false }
        return to.local != nil && to.resource == nil
    }
}
