//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct RegistrationAndActivityTests {
    /// XEP-0077 §3.1, examples 2 to 4, §3.2, example 8, and §3.1.1, example 12.
    @Test func readsAndWritesRegistration() throws {
        try expectGolden(
            Registration(instructions: "Choose a username.", fields: [.init(.username), .init(.password)]),
            """
            <query xmlns='jabber:iq:register'>
              <instructions>Choose a username.</instructions><username/><password/>
            </query>
            """)
        let registration = Registration(
            isRegistered: true,
            fields: [.init(.username, "juliet"), .init(.password, "R0m30"), .init(.email, "juliet@capulet.com")])
        try expectGolden(
            registration,
            """
            <query xmlns='jabber:iq:register'>
              <registered/>
              <username>juliet</username><password>R0m30</password><email>juliet@capulet.com</email>
            </query>
            """)
        #expect(registration[.username] == "juliet")
        #expect(registration[.city] == nil)
        try expectGolden(
            Registration(isRemoval: true), "<query xmlns='jabber:iq:register'><remove/></query>")
        try expectGolden(
            Registration(form: DataForm(.submit, formType: "jabber:iq:register")),
            """
            <query xmlns='jabber:iq:register'>
              <x xmlns='jabber:x:data' type='submit'>
                <field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>
              </x>
            </query>
            """)
        #expect(Registration.feature == (try parse("<register xmlns='http://jabber.org/features/iq-register'/>")))
    }

    /// XEP-0379 §3.3, XEP-0445 §3.
    @Test func readsAndWritesTokens() throws {
        try expectGolden(
            Preauthentication(token: "1tMFqYDdKhfe2pwp"), "<preauth xmlns='urn:xmpp:pars:0' token='1tMFqYDdKhfe2pwp'/>")
        #expect(throws: PayloadError.self) { try Preauthentication(parse("<preauth xmlns='urn:xmpp:pars:0'/>")) }
        #expect(throws: PayloadError.self) { try Preauthentication(parse("<preauth xmlns='other' token='t'/>")) }
        #expect(Preauthentication.feature == (try parse("<register xmlns='urn:xmpp:ibr-token:0'/>")))
    }

    @Test(arguments: Registration.FieldName.allCases)
    func keepsEachField(_ name: Registration.FieldName) throws {
        try expectRoundTrip(Registration(fields: [.init(name, "a")]))
    }

    @Test func rejectsMalformedRegistration() throws {
        try expectMalformed(
            Registration.self,
            [
                "<query xmlns='o'/>",
                "<query xmlns='jabber:iq:register'><username>a</username><username>b</username></query>",
                "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data'/></query>",
            ])
    }

    /// XEP-0108 §2.1, example 1, and §2.2.
    @Test func readsAndWritesActivity() throws {
        try expectGolden(
            UserActivity(.relaxing, .partying, text: "My nurse's birthday!"),
            """
            <activity xmlns='http://jabber.org/protocol/activity'>
              <relaxing><partying/></relaxing><text>My nurse's birthday!</text>
            </activity>
            """)
        try expectGolden(UserActivity(nil), "<activity xmlns='http://jabber.org/protocol/activity'/>")
    }

    @Test(arguments: UserActivity.General.allCases)
    func keepsEachGeneralActivity(_ general: UserActivity.General) throws {
        try expectRoundTrip(UserActivity(general))
        #expect(UserActivity(path: general.rawValue) == UserActivity(general))
    }

    @Test(arguments: UserActivity.Specific.allCases)
    func keepsEachSpecificActivity(_ specific: UserActivity.Specific) throws {
        try expectRoundTrip(UserActivity(.undefined, specific))
        #expect(UserActivity(path: "working/\(specific.rawValue)") == UserActivity(.working, specific))
    }

    @Test func readsActivityOfOthersAsGeneral() throws {
        let activity = try UserActivity(
            parse(
                """
                <activity xmlns='http://jabber.org/protocol/activity'>
                  <inactive><sleeping_late/><hibernating xmlns='http://www.ursus.info/'/></inactive>
                </activity>
                """))
        #expect(activity == UserActivity(.inactive))
    }

    @Test(arguments: ["", "eating/", "/having_lunch", "eating/having_lunch/now", "lunching", "eating/lunch"])
    func rejectsPath(_ path: String) {
        #expect(UserActivity(path: path) == nil)
    }

    @Test func rejectsMalformedActivity() throws {
        let activity = "http://jabber.org/protocol/activity"
        try expectMalformed(
            UserActivity.self,
            [
                "<activity xmlns='o'/>", "<activity xmlns='\(activity)'><sinning/></activity>",
                "<activity xmlns='\(activity)'><eating/><drinking/></activity>",
            ])
    }
}
