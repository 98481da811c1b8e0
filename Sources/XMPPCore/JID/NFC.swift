//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

// The one file of this target that needs Foundation: the standard library keeps its normalization to itself.
import Foundation

/// Unicode Normalization Form C.
func normalizedNFC(_ string: String) -> String {
    string.precomposedStringWithCanonicalMapping
}
