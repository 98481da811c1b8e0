//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

extension ValueReader where Value == String {
    /// An IPv4 or IPv6 address in figures. Names are refused: what a name means can change between two starts.
    static var ipAddress: ValueReader {
        ValueReader(
            scalar: "IP address", render: ConfigurationText.quoted,
            read: { text, path, reading in
                guard isIPAddress(text) else {
                    reading.report(
                        "\"\(text)\" is no IP address", at: path, suggestion: text == "localhost" ? "127.0.0.1" : nil)
                    return nil
                }
                return text
            })
    }

    private static func isIPAddress(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1 || inet_pton(AF_INET, text, &address) == 1
    }
}
