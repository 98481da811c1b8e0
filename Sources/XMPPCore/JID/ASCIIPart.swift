//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a look at the octets of a part says about it.
enum ASCIICase {
    /// Prepared as it stands.
    case lower
    /// Valid ASCII with capitals to map.
    case mixed
    /// Something else: only the whole profile can tell.
    case needsPreparation
}

/// A set of ASCII octets as two words, so that a look-up is a shift. Written out as numbers, sets need no set-up.
struct ASCIISet {
    /// Bit n is octet n.
    let low: UInt64
    /// Bit n is octet 64 + n.
    let high: UInt64

    /// False for all octets beyond ASCII.
    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : byte < 128 ? high : 0
        return word >> UInt64(byte & 63) & 1 == 1
    }
}

extension UInt8 {
    /// Whether this is `A`…`Z`.
    @inline(__always)
    var isASCIICapital: Bool { self &- 0x41 < 26 }
}

extension String {
    /// The octets, which must be ASCII, with `A`…`Z` made small.
    init(lowercasingASCII bytes: UnsafeRawBufferPointer) {
        self.init(unsafeUninitializedCapacity: bytes.count) { buffer in
            for index in 0..<bytes.count {
                let byte = bytes[index]
                buffer[index] = byte.isASCIICapital ? byte | 0x20 : byte
            }
            return bytes.count
        }
    }
}

/// Reads octets as text.
func validated(_ bytes: UnsafeRawBufferPointer, _ part: JIDError.Part) throws(JIDError) -> String {
    guard let string = String(validating: bytes, as: UTF8.self) else { throw JIDError(part, .notUTF8) }
    return string
}

/// Holds a prepared part to 1…1023 octets (RFC 7622 §3.1).
func checkLength(_ count: Int, _ part: JIDError.Part) throws(JIDError) {
    guard count > 0 else { throw JIDError(part, .empty) }
    guard count <= JID.maximumPartLength else { throw JIDError(part, .tooLong) }
}
