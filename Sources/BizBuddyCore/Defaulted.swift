//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A part of recorded values that earlier versions did not have: where it is missing, it reads as what they meant.
protocol Defaulted: Decodable {
    static var former: Self { get }
}

extension KeyedDecodingContainer {
    /// Found by synthesised decoders in place of the standard one, as it is the more specific.
    func decode<Value: Defaulted>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decodeIfPresent(type, forKey: key) ?? .former
    }
}
