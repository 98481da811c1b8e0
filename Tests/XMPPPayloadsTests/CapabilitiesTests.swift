//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct CapabilitiesTests {
    /// XEP-0115 §5.2; nothing is in order here.
    static let simple = DiscoveryInfo(
        identities: [.init(category: "client", type: "pc", name: "Exodus 0.9.1")],
        features: [
            "http://jabber.org/protocol/muc", "http://jabber.org/protocol/disco#items",
            "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/caps",
        ])
    static let simpleInput = """
        client/pc//Exodus 0.9.1<http://jabber.org/protocol/caps<http://jabber.org/protocol/disco#info<\
        http://jabber.org/protocol/disco#items<http://jabber.org/protocol/muc<
        """

    /// XEP-0115 §5.3; nothing is in order here.
    static let complex = DiscoveryInfo(
        identities: [
            .init(category: "client", type: "pc", name: "Psi 0.11", language: "en"),
            .init(category: "client", type: "pc", name: "\u{3A8} 0.11", language: "el"),
        ],
        features: simple.features,
        forms: [
            DataForm(
                .result, formType: "urn:xmpp:dataforms:softwareinfo",
                fields: [
                    .init("software_version", values: ["0.11"]), .init("os", values: ["Mac"]),
                    .init("ip_version", kind: .textMulti, values: ["ipv6", "ipv4"]),
                    .init("os_version", values: ["10.5.1"]), .init("software", values: ["Psi"]),
                ])
        ])
    static let complexInput = """
        client/pc/el/\u{3A8} 0.11<client/pc/en/Psi 0.11<http://jabber.org/protocol/caps<\
        http://jabber.org/protocol/disco#info<http://jabber.org/protocol/disco#items<http://jabber.org/protocol/muc<\
        urn:xmpp:dataforms:softwareinfo<ip_version<ipv4<ipv6<os<Mac<os_version<10.5.1<software<Psi<\
        software_version<0.11<
        """

    @Test(arguments: [(simple, simpleInput), (complex, complexInput)])
    func ordersWhatIsHashed(_ info: DiscoveryInfo, _ input: String) {
        #expect(String(decoding: EntityCapabilities.verificationInput(of: info), as: UTF8.self) == input)
    }

    /// The octets are the SHA-1 of the string before, as `openssl dgst -sha1` has it.
    @Test func makesVerificationString() {
        let digest: [UInt8] = [
            0x42, 0x06, 0xB2, 0x3C, 0xA6, 0xB0, 0xA6, 0x43, 0xD2, 0x0D, 0x89, 0xB0, 0x4F, 0xF5, 0x8C, 0xF7, 0x8B, 0x80,
            0x96, 0xED,
        ]
        var hashed: [UInt8] = []
        let verification = EntityCapabilities.verificationString(of: Self.simple) { input in
            hashed = input
            return digest
        }
        #expect(hashed == Array(Self.simpleInput.utf8))
        #expect(verification == "QgayPKawpkPSDYmwT/WM94uAlu0=")
    }

    /// RFC 4648 §10
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func encodesBase64(_ text: String, _ encoded: String) {
        #expect(EntityCapabilities.verificationString(of: DiscoveryInfo()) { _ in Array(text.utf8) } == encoded)
    }

    /// XEP-0115 §4, example 1.
    @Test func readsAndWrites() throws {
        let capabilities = EntityCapabilities(
            node: "http://code.google.com/p/exodus", verification: "QgayPKawpkPSDYmwT/WM94uAlu0=")
        try expectGolden(
            capabilities,
            """
            <c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://code.google.com/p/exodus'
               ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>
            """)
        #expect(capabilities.discoveryNode == "http://code.google.com/p/exodus#QgayPKawpkPSDYmwT/WM94uAlu0=")
        try expectMalformed(
            EntityCapabilities.self,
            [
                "<c xmlns='http://jabber.org/protocol/caps' ver='a'/>",
                "<c xmlns='http://jabber.org/protocol/caps' node='a'/>",
                "<c xmlns='other' node='a' ver='b'/>",
            ])
    }

    /// XEP-0115 §5.4, steps 3.3 to 3.6.
    @Test func knowsAnswersNotToTrust() {
        #expect(EntityCapabilities.isWellFormed(Self.simple))
        #expect(EntityCapabilities.isWellFormed(Self.complex))
        var info = Self.complex
        info.features.append("http://jabber.org/protocol/muc")
        #expect(!EntityCapabilities.isWellFormed(info))
        info = Self.complex
        info.identities.append(.init(category: "client", type: "pc", name: "Other", language: "en"))
        #expect(!EntityCapabilities.isWellFormed(info))
        info = Self.complex
        info.forms += info.forms
        #expect(!EntityCapabilities.isWellFormed(info))
        info = Self.complex
        info.forms[0].fields[0].values = ["a", "b"]
        #expect(!EntityCapabilities.isWellFormed(info))
    }

    /// XEP-0115 §5.4, step 3.6.
    @Test func leavesOutFormsWithoutHiddenType() {
        var info = Self.simple
        info.forms = [
            DataForm(.result, fields: [.init("a", values: ["b"])]),
            DataForm(.result, fields: [.init("FORM_TYPE", kind: .textSingle, values: ["c"])]),
        ]
        #expect(String(decoding: EntityCapabilities.verificationInput(of: info), as: UTF8.self) == Self.simpleInput)
    }

    @Test func comparesOctets() {
        let info = DiscoveryInfo(
            identities: [
                .init(category: "b", type: "a"), .init(category: "a", type: "z"), .init(category: "a", type: "B"),
            ],
            features: ["\u{E9}", "Z", "a", "\u{1F600}", "\u{FF21}"])
        #expect(
            String(decoding: EntityCapabilities.verificationInput(of: info), as: UTF8.self)
                == "a/B//<a/z//<b/a//<Z<a<\u{E9}<\u{FF21}<\u{1F600}<")
    }
}
