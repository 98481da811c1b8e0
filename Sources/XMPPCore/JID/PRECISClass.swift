//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The derived property of a code point (RFC 8264 §8); raw values are those of the generated table.
enum PRECISClass: UInt32 {
    case unassigned = 0
    case disallowed = 1
    /// In both string classes.
    case valid = 2
    /// In the FreeformClass only.
    case free = 3
    /// In both classes where a rule of RFC 5892, appendix A, says so (CONTEXTJ and CONTEXTO).
    case context = 4

    init(_ scalar: Unicode.Scalar) {
        self = PRECISClass(rawValue: RunTable.value(of: scalar, in: PRECISTable.runs)) ?? .disallowed
        // Newer than the table: fit for free-form text (this year's emoji), not for identifiers, whose compatibility
        // mappings would have to be known.
        if self == .unassigned, scalar.properties.isAssigned { self = .free }
    }

    /// Checks all code points of a string against the IdentifierClass or else the FreeformClass.
    static func check(_ string: String, identifier: Bool, _ part: JIDError.Part) throws(JIDError) {
        let scalars = string.unicodeScalars
        var index = scalars.startIndex
        while index < scalars.endIndex {
            switch PRECISClass(scalars[index]) {
            case .valid: break
            case .free where !identifier: break
            case .context:
                guard ContextRule.allows(scalars, at: index) else { throw JIDError(part, .contextRule) }
            case .free, .disallowed, .unassigned: throw JIDError(part, .forbiddenCharacter)
            }
            index = scalars.index(after: index)
        }
    }
}

extension Unicode.Scalar.Properties {
    /// Known to this standard library, and no surrogate, private or control code point.
    fileprivate var isAssigned: Bool {
        switch generalCategory {
        case .unassigned, .surrogate, .privateUse, .control, .format: false
        default: !isNoncharacterCodePoint && !isDefaultIgnorableCodePoint
        }
    }
}
