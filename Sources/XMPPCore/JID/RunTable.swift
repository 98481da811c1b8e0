//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Look-ups in the generated tables: starts of runs of code points, packed as `start << 3 | value`, in order, the first
/// one starting at 0.
enum RunTable {
    /// The value of the run a code point is in.
    static func value(of scalar: Unicode.Scalar, in runs: [UInt32]) -> UInt32 {
        let key = scalar.value << 3 | 7
        var low = 0
        var high = runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle] <= key { low = middle } else { high = middle }
        }
        return runs[low] & 7
    }
}
