//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPDNS

@Suite struct IPAddressTests {
    @Test(
        arguments: [
            ("192.0.2.1", .global), ("8.8.8.8", .global), ("2001:db8::1", .global), ("64:ff9b::808:808", .global),
            ("10.1.2.3", .private), ("172.16.0.1", .private), ("172.31.255.255", .private), ("172.32.0.1", .global),
            ("192.168.1.1", .private), ("100.64.0.1", .private), ("100.128.0.1", .global), ("fd00::1", .private),
            ("127.0.0.1", .loopback), ("127.255.255.254", .loopback), ("::1", .loopback),
            ("::ffff:127.0.0.1", .loopback),
            ("64:ff9b::7f00:1", .loopback), ("169.254.1.1", .linkLocal), ("fe80::1", .linkLocal),
            ("febf::1", .linkLocal), ("::ffff:169.254.0.1", .linkLocal), ("0.0.0.0", .unspecified),
            ("0.1.2.3", .unspecified), ("::", .unspecified), ("::ffff:0.0.0.0", .unspecified),
            ("224.0.0.1", .multicast),
            ("239.255.255.255", .multicast), ("ff02::1", .multicast), ("240.0.0.1", .reserved),
            ("255.255.255.255", .reserved),
        ] as [(String, IPAddress.Scope)])
    func knowsScopes(_ text: String, _ scope: IPAddress.Scope) throws {
        #expect(try #require(IPAddress(text)).scope == scope)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "[::1", "[]", "[1.2.3.4]", "example", "1.2.3.4\0",
        " 1.2.3.4",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func writesCanonically() {
        #expect(IPAddress("[2001:DB8:0:0::1]")?.description == "2001:db8::1")
        #expect(IPAddress(bytes: [192, 0, 2, 1])?.description == "192.0.2.1")
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1"])
    func makesSocketAddresses(_ text: String) throws {
        let address = try #require(IPAddress(text)).socketAddress(port: 5269)
        #expect(address.ipAddress == text)
        #expect(address.port == 5269)
        #expect(IPAddress(address) == IPAddress(text))
    }
}
