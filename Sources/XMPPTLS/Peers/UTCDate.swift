//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// A moment as people read it: `2026-11-22 12:00 UTC`.
struct UTCDate: CustomStringConvertible {
    private let seconds: Int64

    /// - `seconds`: since 1970.
    init(_ seconds: Int64) {
        self.seconds = seconds
    }

    var description: String {
        var time = time_t(seconds)
        var parts = tm()
        guard OPENSSL_gmtime(&time, &parts) != nil else { return "an unknown date" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + " \(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }

    private func two(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
