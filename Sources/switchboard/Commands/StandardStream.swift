//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Standard output and error without C's shared `FILE` objects.
enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes all of a text, as far as somebody reads it.
    static func write(_ text: String, to stream: StandardStream) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
