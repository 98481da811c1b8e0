//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The width-mapping rule (RFC 8264 §5.2.1): fullwidth and halfwidth forms become what they stand for.
enum WidthMapping {
    private static let firstForm: UInt32 = 0xFF01
    private static let ideographicSpace: Unicode.Scalar = "\u{3000}"

    /// The string with its fullwidth and halfwidth code points mapped.
    static func mapped(_ string: String) -> String {
        let forms = WidthTable.forms
        var result = String.UnicodeScalarView()
        for scalar in string.unicodeScalars {
            if scalar == ideographicSpace {
                result.append(" ")
            } else if scalar.value >= firstForm, scalar.value - firstForm < UInt32(forms.count),
                case let form = forms[Int(scalar.value - firstForm)], form != 0,
                let mapped = Unicode.Scalar(form)
            {
                result.append(mapped)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
