//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Base 16 (RFC 4648 §8), lower case.
package enum Hexadecimal {
    /// Two digits per byte.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = bytes.count * 2
        return String(unsafeUninitializedCapacity: count) { output in
            var index = 0
            for byte in bytes where index + 1 < count {
                output[index] = digit(byte >> 4)
                output[index + 1] = digit(byte & 15)
                index += 2
            }
            return index
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
