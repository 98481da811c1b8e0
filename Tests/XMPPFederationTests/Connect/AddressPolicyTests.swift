//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPDNS
import XMPPFederation

/// Where strangers' records cannot send us.
@Suite struct AddressPolicyTests {
    private func refusal(
        _ address: String, port: Int = 5269, allowsLocal: Bool = false, allowsPrivate: Bool = true, own: [String] = []
    ) throws -> String? {
        let policy = AddressPolicy(
            allowsLocal: allowsLocal, allowsPrivate: allowsPrivate, ownAddresses: Set(own.compactMap { IPAddress($0) }),
            ownPorts: [5269])
        return policy.refusal(of: try #require(IPAddress(address)), port: port)
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1", "10.1.2.3", "::ffff:192.0.2.1"])
    func allowsTheWorld(_ address: String) throws {
        #expect(try refusal(address) == nil)
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.1.1", "fe80::1"])
    func allowsWhatIsLocalOnRequestOnly(_ address: String) throws {
        #expect(try refusal(address, port: 25) != nil)
        #expect(try refusal(address, port: 25, allowsLocal: true) == nil)
    }

    @Test(arguments: ["0.0.0.0", "0.0.0.1", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"])
    func neverAllowsWhatIsNoMachine(_ address: String) throws {
        #expect(try refusal(address, allowsLocal: true) != nil)
    }

    @Test func neverAllowsThisServerItself() throws {
        #expect(try refusal("192.0.2.1", own: ["192.0.2.1"]) == "this server itself")
        #expect(try refusal("::ffff:192.0.2.1", own: ["192.0.2.1"]) == "this server itself")
        // Nor what else listens on this machine, whichever of its addresses is named.
        #expect(try refusal("192.0.2.1", port: 5299, own: ["192.0.2.1"]) == "an address of this machine")
        #expect(try refusal("192.0.2.1", port: 5299, allowsLocal: true, own: ["192.0.2.1"]) == nil)
        #expect(try refusal("127.0.0.2", allowsLocal: true) == "this server itself")
    }

    @Test(arguments: ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.1.2.3"])
    func keepsStrangersOutOfPrivateNetworks(_ address: String) throws {
        #expect(try refusal(address) == nil)
        #expect(try refusal(address, allowsPrivate: false) == "an address of a private network")
        #expect(try refusal("192.0.2.1", allowsPrivate: false) == nil)
    }

    @Test func knowsTheAddressesOfThisMachine() {
        #expect(AddressPolicy.addressesOfThisMachine().contains { $0.scope == .loopback })
    }
}
