//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bidi classes as far as the Bidi rule tells them apart; raw values are those of the generated table.
enum BidiClass: UInt32 {
    /// L
    case left = 0
    /// R, AL
    case right = 1
    /// AN
    case arabicNumber = 2
    /// EN
    case europeanNumber = 3
    /// ES, CS, ET, ON, BN
    case neutral = 4
    /// NSM
    case nonspacingMark = 5
    /// Separators and embedding controls, which neither direction may have.
    case other = 6

    init(_ scalar: Unicode.Scalar) {
        self = BidiClass(rawValue: RunTable.value(of: scalar, in: BidiTable.runs)) ?? .other
    }
}

/// The six conditions of RFC 5893 §2, which strings with right-to-left text must meet (RFC 8264 §5.2.5).
enum BidiRule {
    /// True for strings without right-to-left code points and for those that keep the rule.
    static func allows(_ scalars: String.UnicodeScalarView) -> Bool {
        var first: BidiClass?
        var last = BidiClass.nonspacingMark
        var seen: Set<BidiClass> = []
        for scalar in scalars {
            let bidiClass = BidiClass(scalar)
            first = first ?? bidiClass
            if bidiClass != .nonspacingMark { last = bidiClass }
            seen.insert(bidiClass)
        }
        guard !seen.isDisjoint(with: [.right, .arabicNumber]) else { return true }
        switch first {
        case .right:
            guard seen.isDisjoint(with: [.left, .other]) else { return false }
            guard !seen.isSuperset(of: [.europeanNumber, .arabicNumber]) else { return false }
            return last == .right || last == .europeanNumber || last == .arabicNumber
        default:
            // Left to right allows neither right-to-left letters nor Arabic numbers (condition 5), and these are
            // what brought us here; any other start breaks condition 1.
            return false
        }
    }
}
