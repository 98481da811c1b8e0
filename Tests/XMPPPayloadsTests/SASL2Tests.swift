//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// XEP-0388, XEP-0386, XEP-0484 and XEP-0480, by their examples.
@Suite struct SASL2PayloadTests {
    private let agent = UserAgent(
        id: "d4565fa7-4d72-4749-b3d3-740edbf87770", software: "AwesomeXMPP", device: "Kiva's Phone")

    // MARK: XEP-0388

    /// XEP-0388 §2.1, example 2, with the inline features of XEP-0386 §4.1.
    @Test func feature() throws {
        try expectGolden(
            SASL2.Feature(
                mechanisms: ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"],
                inline: [
                    Bind2.Feature(inline: ["urn:xmpp:carbons:2", "urn:xmpp:csi:0", "urn:xmpp:sm:3"]).element,
                    StreamManagement.feature,
                ]),
            """
            <authentication xmlns='urn:xmpp:sasl:2'>
              <mechanism>SCRAM-SHA-1</mechanism>
              <mechanism>SCRAM-SHA-1-PLUS</mechanism>
              <inline>
                <bind xmlns='urn:xmpp:bind:0'>
                  <inline>
                    <feature var="urn:xmpp:carbons:2" />
                    <feature var="urn:xmpp:csi:0" />
                    <feature var="urn:xmpp:sm:3" />
                  </inline>
                </bind>
                <sm xmlns='urn:xmpp:sm:3'/>
              </inline>
            </authentication>
            """)
    }

    /// XEP-0388 §2.3, example 3.
    @Test func authenticate() throws {
        try expectGolden(
            SASL2.Authenticate(
                mechanism: "SCRAM-SHA-1-PLUS",
                initialResponse:
                    "cD10bHMtZXhwb3J0ZXIsLG49dXNlcixyPTEyQzRDRDVDLUUzOEUtNEE5OC04RjZELTE1QzM4RjUxQ0NDNg==",
                userAgent: agent),
            """
            <authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1-PLUS'>
              <initial-response>cD10bHMtZXhwb3J0ZXIsLG49dXNlcixyPTEyQzRDRDVDLUUzOEUtNEE5OC04RjZELTE1QzM4RjUxQ0NDNg==</initial-response>
              <user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'>
                <software>AwesomeXMPP</software>
                <device>Kiva's Phone</device>
              </user-agent>
            </authenticate>
            """)
    }

    /// XEP-0388 §2.3, example 4: white space around the data, and a feature that is none of ours.
    @Test func authenticateWithMore() throws {
        let request = try SASL2.Authenticate(
            parse(
                """
                <authenticate xmlns='urn:xmpp:sasl:2' mechanism='BLURDYBLOOP'>
                  <initial-response>
                    SSBzaG91bGQgbWFrZSB0aGlzIGEgY29tcGV0aXRpb24=
                  </initial-response>
                  <user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'>
                    <software>AwesomeXMPP</software>
                    <device>Kiva's Phone</device>
                  </user-agent>
                  <bind xmlns='urn:xmpp:bind:example'/>
                </authenticate>
                """))
        #expect(request.initialResponse == "SSBzaG91bGQgbWFrZSB0aGlzIGEgY29tcGV0aXRpb24=")
        #expect(request.userAgent == agent)
        #expect(request.inline == [XMLElement("bind", "urn:xmpp:bind:example")])
        // No initial response and an empty one are not the same (XEP-0388 §2.2).
        #expect(
            try SASL2.Authenticate(parse("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='X'/>")).initialResponse
                == nil)
        let empty = "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='X'><initial-response/></authenticate>"
        #expect(try SASL2.Authenticate(parse(empty)).initialResponse?.isEmpty == true)
    }

    /// XEP-0388 §2.5.
    @Test func exchange() throws {
        try expectGolden(
            SASL2.Exchange(.challenge, data: "U28sIG5leHQgRk9TREVNIC0gMjAxOCwgdGhhdCBpcy4uLg=="),
            "<challenge xmlns='urn:xmpp:sasl:2'>U28sIG5leHQgRk9TREVNIC0gMjAxOCwgdGhhdCBpcy4uLg==</challenge>")
        let response = try SASL2.Exchange(
            parse(
                """
                <response xmlns='urn:xmpp:sasl:2'>
                  Li4uSSdsbCBidXkgYSBiZWVyIGZvciB0aGUgZmlyc3QgcGVyc29uIHdoby4uLg==
                </response>
                """))
        #expect(
            response
                == SASL2.Exchange(.response, data: "Li4uSSdsbCBidXkgYSBiZWVyIGZvciB0aGUgZmlyc3QgcGVyc29uIHdoby4uLg=="))
        for kind in SASL2.Exchange.Kind.allCases { try expectRoundTrip(SASL2.Exchange(kind, data: "QQ==")) }
    }

    /// XEP-0388 §2.6.1.
    @Test func success() throws {
        try expectGolden(
            SASL2.Success(
                JID("user@example.org"), additionalData: "dj1tc1ZIcy9CeklPSERxWGVWSDdFbW1EdTlpZDg9"),
            """
            <success xmlns='urn:xmpp:sasl:2'>
              <additional-data>dj1tc1ZIcy9CeklPSERxWGVWSDdFbW1EdTlpZDg9</additional-data>
              <authorization-identifier>user@example.org</authorization-identifier>
            </success>
            """)
        try expectGolden(
            SASL2.Success(
                JID("juliet@montague.example"), additionalData: "SGFkIHlvdSBnb2luZywgdGhlcmUsIGRpZG4ndCBJPw==",
                inline: [XMLElement("resumed", "urn:xmpp:sm:3", ["h": "345", "previd": "124"])]),
            """
            <success xmlns='urn:xmpp:sasl:2'>
              <additional-data>SGFkIHlvdSBnb2luZywgdGhlcmUsIGRpZG4ndCBJPw==</additional-data>
              <authorization-identifier>juliet@montague.example</authorization-identifier>
              <resumed xmlns='urn:xmpp:sm:3' h='345' previd='124'/>
            </success>
            """)
    }

    /// XEP-0388 §2.6.2.
    @Test func failure() throws {
        try expectGolden(
            SASL2.Failure(
                "aborted", text: "This is a terrible example.",
                details: [XMLElement("optional-application-specific", "urn:something:else")]),
            """
            <failure xmlns='urn:xmpp:sasl:2'>
              <aborted xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
              <optional-application-specific xmlns='urn:something:else'/>
              <text>This is a terrible example.</text>
            </failure>
            """)
    }

    /// XEP-0388 §2.6.3.
    @Test func tasks() throws {
        try expectGolden(
            SASL2.Continue(
                tasks: ["HOTP-EXAMPLE", "TOTP-EXAMPLE"], additionalData: "SSdtIGJvcmVkIG5vdy4=",
                text: "This account requires 2FA"),
            """
            <continue xmlns='urn:xmpp:sasl:2'>
              <additional-data>SSdtIGJvcmVkIG5vdy4=</additional-data>
              <tasks>
                <task>HOTP-EXAMPLE</task>
                <task>TOTP-EXAMPLE</task>
              </tasks>
              <text>This account requires 2FA</text>
            </continue>
            """)
        try expectGolden(
            SASL2.Next(
                "TOTP-EXAMPLE", content: [XMLElement("totp", "urn:totp:example", text: "SSd2ZSBydW4gb3V0")]),
            """
            <next xmlns='urn:xmpp:sasl:2' task='TOTP-EXAMPLE'>
              <totp xmlns="urn:totp:example">SSd2ZSBydW4gb3V0</totp>
            </next>
            """)
        try expectGolden(
            SASL2.TaskData(content: [XMLElement("totp", "urn:totp:example", text: "94d27acffa2e99a4")]),
            "<task-data xmlns='urn:xmpp:sasl:2'><totp xmlns='urn:totp:example'>94d27acffa2e99a4</totp></task-data>")
        try expectGolden(SASL2.Abort(), "<abort xmlns='urn:xmpp:sasl:2'/>")
        try expectRoundTrip(SASL2.Abort(text: "changed my mind"))
    }

    @Test(
        arguments: [
            ("D4565FA7-4D72-4749-B3D3-740EDBF87770", "d4565fa7-4d72-4749-b3d3-740edbf87770"),
            ("d4565fa7-4d72-4749-b3d3-740edbf8777", nil), ("d4565fa74d724749b3d3740edbf87770", nil),
            ("d4565fa7-4d72-4749-b3d3-740edbf8777g", nil), ("", nil), (String(repeating: "a", count: 5000), nil),
        ] as [(String, String?)])
    func userAgentsAreNamedByUUID(_ text: String, _ id: String?) throws {
        #expect(try UserAgent(XMLElement("user-agent", SASL2.namespace, ["id": text])).id == id)
    }

    @Test func descriptionsOfUserAgentsAreOneShortLine() throws {
        let long = XMLElement("user-agent", SASL2.namespace) {
            XMLElement("software", SASL2.namespace, text: String(repeating: "\u{1F600}", count: 5000))
            XMLElement("device", SASL2.namespace, text: "a\nb\u{202E}c")
        }
        let agent = try UserAgent(long)
        #expect(agent.software?.unicodeScalars.count == UserAgent.maximumDescription)
        #expect(agent.device == "abc")
    }

    @Test func malformed() throws {
        try expectMalformed(
            SASL2.Authenticate.self,
            ["<authenticate xmlns='urn:xmpp:sasl:2'/>", "<authenticate xmlns='x' mechanism='PLAIN'/>"])
        try expectMalformed(SASL2.Feature.self, ["<authentication xmlns='urn:xmpp:sasl:2'/>"])
        try expectMalformed(SASL2.Success.self, ["<success xmlns='urn:xmpp:sasl:2'/>"])
        try expectMalformed(SASL2.Failure.self, ["<failure xmlns='urn:xmpp:sasl:2'><text>x</text></failure>"])
        try expectMalformed(SASL2.Continue.self, ["<continue xmlns='urn:xmpp:sasl:2'><tasks/></continue>"])
        try expectMalformed(SASL2.Exchange.self, ["<success xmlns='urn:xmpp:sasl:2'/>", "<response xmlns='x'/>"])
        try expectMalformed(SASL2.Next.self, ["<next xmlns='urn:xmpp:sasl:2'/>"])
        try expectMalformed(Bind2.Feature.self, ["<bind xmlns='urn:xmpp:bind:0'><inline><feature/></inline></bind>"])
        try expectMalformed(
            FAST.Use.self,
            ["<fast xmlns='urn:xmpp:fast:0' count='-1'/>", "<fast xmlns='urn:xmpp:fast:0' invalidate='perhaps'/>"])
        try expectMalformed(
            FAST.Token.self,
            ["<token xmlns='urn:xmpp:fast:0' token='x'/>", "<token xmlns='urn:xmpp:fast:0' expiry='x'/>"])
        try expectMalformed(
            SASLUpgrade.Salt.self,
            [
                "<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='4096'/>",
                "<salt xmlns='urn:xmpp:scram-upgrade:0'>QQ==</salt>",
            ])
        try expectMalformed(SASLUpgrade.Hash.self, ["<hash xmlns='urn:xmpp:scram-upgrade:0'/>"])
    }

    // MARK: XEP-0386

    /// XEP-0386 §4.2, examples 3 and 4.
    @Test func binding() throws {
        try expectGolden(
            Bind2.Request(
                tag: "AwesomeXMPP",
                features: [
                    XMLElement("enable", "urn:xmpp:carbons:2"), XMLElement("enable", "urn:xmpp:sm:3"),
                    XMLElement("inactive", "urn:xmpp:csi:0"),
                ]),
            """
            <bind xmlns='urn:xmpp:bind:0'>
              <tag>AwesomeXMPP</tag>
              <enable xmlns='urn:xmpp:carbons:2'/>
              <enable xmlns='urn:xmpp:sm:3'/>
              <inactive xmlns='urn:xmpp:csi:0'/>
            </bind>
            """)
        let metadata = XMLElement("metadata", "urn:xmpp:mam:2") {
            XMLElement("start", "urn:xmpp:mam:2", ["id": "YWxwaGEg", "timestamp": "2008-08-22T21:09:04Z"])
            XMLElement("end", "urn:xmpp:mam:2", ["id": "b21lZ2Eg", "timestamp": "2020-04-20T14:34:21Z"])
        }
        try expectGolden(
            Bind2.Bound(features: [metadata]),
            """
            <bound xmlns='urn:xmpp:bind:0'>
              <metadata xmlns='urn:xmpp:mam:2'>
                <start id='YWxwaGEg' timestamp='2008-08-22T21:09:04Z' />
                <end id='b21lZ2Eg' timestamp='2020-04-20T14:34:21Z' />
              </metadata>
            </bound>
            """)
        #expect(Bind2.Request(features: [metadata]).feature("urn:xmpp:mam:2") == metadata)
        #expect(Bind2.Request().feature("urn:xmpp:mam:2") == nil)
    }

    // MARK: XEP-0484

    /// XEP-0484 §3.1 to §3.6.
    @Test func tokens() throws {
        try expectGolden(
            FAST.Feature(
                mechanisms: ["HT-SHA-256-ENDP", "HT-SHA-256-EXPR", "HT-SHA-256-NONE"], takesEarlyData: true),
            """
            <fast xmlns='urn:xmpp:fast:0' tls-0rtt='true'>
              <mechanism>HT-SHA-256-ENDP</mechanism>
              <mechanism>HT-SHA-256-EXPR</mechanism>
              <mechanism>HT-SHA-256-NONE</mechanism>
            </fast>
            """)
        try expectGolden(
            FAST.RequestToken(mechanism: "HT-SHA-256-ENDP"),
            "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-ENDP'/>")
        let token = try FAST.Token(
            parse(
                """
                <token xmlns='urn:xmpp:fast:0' expiry='2020-03-12T14:36:15Z' token='WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm' />
                """))
        #expect(token.token == "WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm")
        #expect(token.expiry.milliseconds == 1_584_023_775_000)
        try expectRoundTrip(token)
        try expectGolden(FAST.Use(count: 123), "<fast xmlns='urn:xmpp:fast:0' count='123' />")
        try expectGolden(
            FAST.Use(count: 123, invalidates: true), "<fast xmlns='urn:xmpp:fast:0' count='123' invalidate='true'/>")
        try expectGolden(FAST.Use(), "<fast xmlns='urn:xmpp:fast:0'/>")
    }

    // MARK: XEP-0480

    /// XEP-0480 §3, the example.
    @Test func upgrades() throws {
        let feature = try SASL2.Feature(
            parse(
                """
                <authentication xmlns='urn:xmpp:sasl:2'>
                  <mechanism>SCRAM-SHA-1</mechanism>
                  <upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>
                  <upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-512</upgrade>
                </authentication>
                """))
        #expect(feature.upgrades == ["UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512"])
        #expect(feature.upgrades.map(SASLUpgrade.mechanism) == ["SCRAM-SHA-256", "SCRAM-SHA-512"])
        #expect(SASLUpgrade.mechanism(of: "TOTP") == nil)
        #expect(SASLUpgrade.task(for: "SCRAM-SHA-256") == "UPGR-SCRAM-SHA-256")
        try expectGolden(
            SASL2.TaskData(content: [SASLUpgrade.Salt("QV9TWENSWFE2c2VrOGJmX1o=", iterations: 4096).element]),
            """
            <task-data xmlns='urn:xmpp:sasl:2'>
              <salt xmlns='urn:xmpp:scram-upgrade:0' iterations='4096'>QV9TWENSWFE2c2VrOGJmX1o=</salt>
            </task-data>
            """)
        try expectGolden(
            SASLUpgrade.Hash("BzOnw3Pc5H4bOLlPZ/8JAy6wnTpH05aH21KW2+Xfpaw="),
            "<hash xmlns='urn:xmpp:scram-upgrade:0'>BzOnw3Pc5H4bOLlPZ/8JAy6wnTpH05aH21KW2+Xfpaw=</hash>")
    }
}
