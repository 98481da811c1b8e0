//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPPayloads
package import XMPPServer

/// Says whom to write to about a host (XEP-0157 Contact Addresses for XMPP Services).
package struct ContactAddressesModule: ServerModule {
    package let id = "contact-addresses"
    package let implements: [Specification] = [.xep(157, "1.1.1")]
    private let addresses: [String: ContactAddresses]

    /// `addresses` are those of each host.
    package init(_ addresses: [String: ContactAddresses]) {
        self.addresses = addresses
    }

    package func register(in registrar: inout ModuleRegistrar) {
        for (host, addresses) in addresses.sorted(by: { $0.key < $1.key }) where !addresses.isEmpty {
            registrar.disco(form: addresses.form, host: host)
        }
    }
}
