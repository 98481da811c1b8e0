//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct DataFormTests {
    /// XEP-0004 §4.1, example 2, shortened to one field of each kind.
    @Test func readsAndWritesForm() throws {
        let form = DataForm(
            .form, formType: "jabber:bot", title: "Bot Configuration",
            instructions: ["Fill out this form to configure your new bot!"],
            fields: [
                .init(nil, kind: .fixed, values: ["Section 1: Bot Info"]),
                .init("botname", kind: .textSingle, label: "The name of your bot"),
                .init("description", kind: .textMulti, label: "Helpful description of your bot"),
                .init("public", kind: .boolean, label: "Public bot?", isRequired: true),
                .init("password", kind: .textPrivate, label: "Password for special access"),
                .init(
                    "features", kind: .listMulti, label: "What features will the bot support?",
                    values: ["news", "search"],
                    options: [.init("contests", label: "Contests"), .init("news", label: "News"), .init("search")]),
                .init(
                    "maxsubs", kind: .listSingle, label: "Maximum number of subscribers", values: ["20"],
                    options: [.init("10", label: "10"), .init("20", label: "20")]),
                .init(
                    "invitelist", kind: .jidMulti, label: "People to invite",
                    description: "Tell all your friends about your new bot!"),
                .init("owner", kind: .jidSingle),
            ])
        try expectGolden(
            form,
            """
            <x xmlns='jabber:x:data' type='form'>
              <title>Bot Configuration</title>
              <instructions>Fill out this form to configure your new bot!</instructions>
              <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
              <field type='fixed'><value>Section 1: Bot Info</value></field>
              <field type='text-single' label='The name of your bot' var='botname'/>
              <field type='text-multi' label='Helpful description of your bot' var='description'/>
              <field type='boolean' label='Public bot?' var='public'><required/></field>
              <field type='text-private' label='Password for special access' var='password'/>
              <field type='list-multi' label='What features will the bot support?' var='features'>
                <value>news</value>
                <value>search</value>
                <option label='Contests'><value>contests</value></option>
                <option label='News'><value>news</value></option>
                <option><value>search</value></option>
              </field>
              <field type='list-single' label='Maximum number of subscribers' var='maxsubs'>
                <value>20</value>
                <option label='10'><value>10</value></option>
                <option label='20'><value>20</value></option>
              </field>
              <field type='jid-multi' label='People to invite' var='invitelist'>
                <desc>Tell all your friends about your new bot!</desc>
              </field>
              <field type='jid-single' var='owner'/>
            </x>
            """)
        #expect(form.formType == "jabber:bot")
    }

    /// XEP-0004 §4.1, example 3.
    @Test func readsAndWritesSubmission() throws {
        let form = DataForm(
            .submit, formType: "jabber:bot",
            fields: [
                .init("description", values: ["This bot enables you", "in your Jabber client. It's cool!"]),
                .init("public", values: ["0"]), .init("maxsubs", values: ["50"]),
            ])
        try expectGolden(
            form,
            """
            <x xmlns='jabber:x:data' type='submit'>
              <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
              <field var='description'>
                <value>This bot enables you</value>
                <value>in your Jabber client. It&apos;s cool!</value>
              </field>
              <field var='public'><value>0</value></field>
              <field var='maxsubs'><value>50</value></field>
            </x>
            """)
        #expect(form["maxsubs"] == "50")
        #expect(form.values("description").count == 2)
        #expect(form.boolean("public") == false)
        #expect(form.boolean("maxsubs") == nil)
        #expect(form["missing"] == nil)
        #expect(form.values("missing").isEmpty)
    }

    /// XEP-0004 §4.2, example 8.
    @Test func readsAndWritesReport() throws {
        try expectGolden(
            DataForm(
                .result, title: "Joogle Search: verona", reported: [.init("name"), .init("url", label: "Link")],
                items: [
                    [
                        .init("name", values: ["Comune di Verona"]),
                        .init("url", values: ["http://www.comune.verona.it/"]),
                    ],
                    [.init("name", values: ["benvenuto!"]), .init("url", values: ["http://www.hellasverona.it/"])],
                ]),
            """
            <x xmlns='jabber:x:data' type='result'>
              <title>Joogle Search: verona</title>
              <reported><field var='name'/><field var='url' label='Link'/></reported>
              <item>
                <field var='name'><value>Comune di Verona</value></field>
                <field var='url'><value>http://www.comune.verona.it/</value></field>
              </item>
              <item>
                <field var='name'><value>benvenuto!</value></field>
                <field var='url'><value>http://www.hellasverona.it/</value></field>
              </item>
            </x>
            """)
    }

    @Test(arguments: DataForm.Kind.allCases)
    func keepsEachKind(_ kind: DataForm.Kind) throws {
        try expectGolden(DataForm(kind), "<x xmlns='jabber:x:data' type='\(kind.rawValue)'/>")
    }

    @Test(arguments: DataForm.FieldKind.allCases)
    func keepsEachKindOfField(_ kind: DataForm.FieldKind) throws {
        try expectGolden(
            DataForm(.form, fields: [.init("a", kind: kind, values: ["1", ""])]),
            """
            <x xmlns='jabber:x:data' type='form'>
              <field type='\(kind.rawValue)' var='a'><value>1</value><value/></field>
            </x>
            """)
    }

    /// XEP-0004 §3.3: the default is text-single.
    @Test func readsUnknownKindOfFieldAsText() throws {
        let form = try DataForm(
            parse("<x xmlns='jabber:x:data' type='form'><field type='colour' var='a'/></x>"))
        #expect(form.field("a")?.kind == .textSingle)
    }

    @Test func rejectsMalformed() throws {
        try expectMalformed(
            DataForm.self,
            [
                "<x xmlns='jabber:x:data'/>", "<x xmlns='jabber:x:data' type='question'/>",
                "<x xmlns='other' type='form'/>",
                "<y xmlns='jabber:x:data' type='form'/>", "<x xmlns='jabber:x:data' type='submit'><field/></x>",
                "<x xmlns='jabber:x:data' type='result'><reported><field/></reported></x>",
                "<x xmlns='jabber:x:data' type='result'><item><field type='text-single'/></item></x>",
                "<x xmlns='jabber:x:data' type='form'><field var='a'><option/></field></x>",
            ])
    }
}
