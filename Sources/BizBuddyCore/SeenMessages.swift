//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The external ids applied last, oldest forgotten first.
struct SeenMessages: Hashable, Sendable, Codable {
    private var order: [String] = []
    /// Where the next id goes once the ring is full.
    private var cursor = 0
    private var ids: Set<String> = []

    init() {}

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        cursor = try container.decode(Int.self)
        order = try container.decode([String].self)
        ids = Set(order)
        guard cursor >= 0, cursor <= order.count else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "cursor outside of the ring")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(cursor)
        try container.encode(order)
    }

    mutating func forget(where isForgotten: (String) -> Bool) {
        order = (order[cursor...] + order[..<cursor]).filter { !isForgotten($0) }
        cursor = 0
        ids = Set(order)
    }

    /// False if the id was there already.
    mutating func insert(_ id: String) -> Bool {
        guard ids.insert(id).inserted else { return false }
        if order.count < Limits.seenMessages {
            order.append(id)
        } else {
            ids.remove(order[cursor])
            order[cursor] = id
            cursor = (cursor + 1) % Limits.seenMessages
        }
        return true
    }
}
