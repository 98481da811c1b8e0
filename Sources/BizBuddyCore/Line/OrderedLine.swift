//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// People in line, in order: coming, going, the place of one and the one at a place each take O(log n).
///
/// A treap whose priorities are a hash of the sequence number, so that the same comings and goings give the same tree.
struct OrderedLine: Sendable {
    struct Element: Hashable, Sendable {
        let position: LinePosition
        let id: ConversationID
    }

    private struct Node {
        var element: Element
        var left = none
        var right = none
        var count = 1
        let rank: UInt64
    }

    private static let none = -1

    private var nodes: [Node] = []
    private var vacant: [Int] = []
    private var root = none

    var count: Int { count(root) }
    var isEmpty: Bool { root == Self.none }
    var first: Element? { self[0] }

    private func count(_ node: Int) -> Int { node == Self.none ? 0 : nodes[node].count }

    /// The one at a place, counted from 0.
    subscript(place: Int) -> Element? {
        var node = root
        var place = place
        while node != Self.none {
            let before = count(nodes[node].left)
            if place == before { return nodes[node].element }
            if place < before {
                node = nodes[node].left
            } else {
                place -= before + 1
                node = nodes[node].right
            }
        }
        return nil
    }

    /// The place of a position, counted from 0; nil if nobody stands there.
    func place(of position: LinePosition) -> Int? {
        var node = root
        var before = 0
        while node != Self.none {
            let here = nodes[node].element.position
            if position == here { return before + count(nodes[node].left) }
            if position < here {
                node = nodes[node].left
            } else {
                before += count(nodes[node].left) + 1
                node = nodes[node].right
            }
        }
        return nil
    }

    /// Who stands next behind a position, whether anybody stands there or not.
    func first(after position: LinePosition) -> Element? {
        var node = root
        var found: Element?
        while node != Self.none {
            let element = nodes[node].element
            if position < element.position {
                found = element
                node = nodes[node].left
            } else {
                node = nodes[node].right
            }
        }
        return found
    }

    /// Everybody, first first.
    var ids: [ConversationID] {
        var result: [ConversationID] = []
        result.reserveCapacity(count)
        var stack: [Int] = []
        var node = root
        while node != Self.none || !stack.isEmpty {
            while node != Self.none {
                stack.append(node)
                node = nodes[node].left
            }
            guard let top = stack.popLast() else { break }
            result.append(nodes[top].element.id)
            node = nodes[top].right
        }
        return result
    }

    mutating func insert(_ id: ConversationID, at position: LinePosition) {
        guard place(of: position) == nil else { return }
        let node = make(Element(position: position, id: id))
        let (left, right) = split(root, before: position)
        root = merge(merge(left, node), right)
    }

    /// False if nobody stood there.
    @discardableResult
    mutating func remove(at position: LinePosition) -> Bool {
        guard place(of: position) != nil else { return false }
        root = remove(position, from: root)
        return true
    }

    // MARK: The tree

    private mutating func make(_ element: Element) -> Int {
        // SplitMix64's finaliser.
        var hash = UInt64(truncatingIfNeeded: element.position.sequence) &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        let node = Node(element: element, rank: hash ^ (hash >> 31))
        guard let place = vacant.popLast() else {
            nodes.append(node)
            return nodes.count - 1
        }
        nodes[place] = node
        return place
    }

    private mutating func update(_ node: Int) {
        nodes[node].count = count(nodes[node].left) + count(nodes[node].right) + 1
    }

    private mutating func split(_ node: Int, before position: LinePosition) -> (Int, Int) {
        guard node != Self.none else { return (Self.none, Self.none) }
        if nodes[node].element.position < position {
            let (left, right) = split(nodes[node].right, before: position)
            nodes[node].right = left
            update(node)
            return (node, right)
        }
        let (left, right) = split(nodes[node].left, before: position)
        nodes[node].left = right
        update(node)
        return (left, node)
    }

    private mutating func merge(_ left: Int, _ right: Int) -> Int {
        if left == Self.none { return right }
        if right == Self.none { return left }
        if nodes[left].rank > nodes[right].rank {
            nodes[left].right = merge(nodes[left].right, right)
            update(left)
            return left
        }
        nodes[right].left = merge(left, nodes[right].left)
        update(right)
        return right
    }

    private mutating func remove(_ position: LinePosition, from node: Int) -> Int {
        guard node != Self.none else { return node }
        let here = nodes[node].element.position
        if position == here {
            let rest = merge(nodes[node].left, nodes[node].right)
            vacant.append(node)
            return rest
        }
        if position < here {
            nodes[node].left = remove(position, from: nodes[node].left)
        } else {
            nodes[node].right = remove(position, from: nodes[node].right)
        }
        update(node)
        return node
    }
}

extension OrderedLine: Hashable {
    static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.ids == right.ids
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(count)
    }
}
