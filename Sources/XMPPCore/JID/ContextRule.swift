//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Joining types; raw values are those of the generated table.
private enum JoiningType: UInt32 {
    case nonJoining = 0
    case left = 1
    case right = 2
    case dual = 3
    case transparent = 4

    init(_ scalar: Unicode.Scalar) {
        self = JoiningType(rawValue: RunTable.value(of: scalar, in: ContextTables.joiningTypes)) ?? .nonJoining
    }
}

/// The scripts rules name; raw values are those of the generated table.
private enum RuleScript: UInt32 {
    case other = 0
    case greek = 1
    case hebrew = 2
    case kanaOrHan = 3

    init(_ scalar: Unicode.Scalar) {
        self = RuleScript(rawValue: RunTable.value(of: scalar, in: ContextTables.scripts)) ?? .other
    }
}

/// The contextual rules of RFC 5892, appendix A: code points that are allowed beside certain others only.
enum ContextRule {
    /// Whether the code point at `index`, one that has a rule, may stand there.
    static func allows(_ scalars: String.UnicodeScalarView, at index: String.Index) -> Bool {
        let before = index > scalars.startIndex ? scalars[scalars.index(before: index)] : nil
        let next = scalars.index(after: index)
        let after = next < scalars.endIndex ? scalars[next] : nil
        switch scalars[index].value {
        case 0x200C:  // A.1 zero width non-joiner
            return before?.properties.canonicalCombiningClass == .virama || joins(scalars, around: index)
        case 0x200D:  // A.2 zero width joiner
            return before?.properties.canonicalCombiningClass == .virama
        case 0xB7:  // A.3 middle dot
            return before == "l" && after == "l"
        case 0x375:  // A.4 Greek lower numeral sign
            return after.map { RuleScript($0) == .greek } ?? false
        case 0x5F3, 0x5F4:  // A.5, A.6 Hebrew geresh, gershayim
            return before.map { RuleScript($0) == .hebrew } ?? false
        case 0x30FB:  // A.7 Katakana middle dot
            return scalars.contains { RuleScript($0) == .kanaOrHan }
        case 0x660...0x669:  // A.8 Arabic-Indic digits
            return !scalars.contains { (0x6F0...0x6F9).contains($0.value) }
        case 0x6F0...0x6F9:  // A.9 extended Arabic-Indic digits
            return !scalars.contains { (0x660...0x669).contains($0.value) }
        default:
            return false
        }
    }

    /// `(L|D) T* here T* (R|D)`, by joining types.
    private static func joins(_ scalars: String.UnicodeScalarView, around index: String.Index) -> Bool {
        let left = scalars[..<index].reversed().lazy.map { JoiningType($0) }.first { $0 != .transparent }
        let right = scalars[scalars.index(after: index)...].lazy.map { JoiningType($0) }.first { $0 != .transparent }
        return (left == .left || left == .dual) && (right == .right || right == .dual)
    }
}
