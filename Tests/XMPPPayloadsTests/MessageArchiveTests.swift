//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// Message archives: XEP-0313, XEP-0059, XEP-0441 and XEP-0424.
@Suite struct MessageArchiveTests {
    /// XEP-0059, examples 2, 3, 6, 11 and 12.
    @Test func readsAndWritesResultSets() throws {
        let namespace = "xmlns='http://jabber.org/protocol/rsm'"
        try expectGolden(ResultSetRequest(maximum: 10), "<set \(namespace)><max>10</max></set>")
        try expectGolden(
            ResultSetRequest(maximum: 10, after: "peterpan@neverland.lit"),
            "<set \(namespace)><max>10</max><after>peterpan@neverland.lit</after></set>")
        try expectGolden(
            ResultSetRequest(maximum: 10, before: ""), "<set \(namespace)><max>10</max><before/></set>")
        try expectGolden(
            ResultSetRequest(maximum: 10, index: 371), "<set \(namespace)><max>10</max><index>371</index></set>")
        try expectGolden(
            ResultSet(first: "stpeter@jabber.org", firstIndex: 0, last: "peterpan@neverland.lit", count: 800),
            """
            <set \(namespace)><first index='0'>stpeter@jabber.org</first><last>peterpan@neverland.lit</last>
              <count>800</count></set>
            """)
        try expectGolden(ResultSet(count: 800), "<set \(namespace)><count>800</count></set>")
        try expectMalformed(
            ResultSetRequest.self,
            [
                "<set \(namespace)><max>ten</max></set>", "<set \(namespace)><max>-1</max></set>",
                "<set \(namespace)><max>99999999999</max></set>", "<set \(namespace)><index>x</index></set>",
                "<set xmlns='o'/>", "<sets \(namespace)/>",
            ])
        try expectMalformed(
            ResultSet.self, ["<set \(namespace)><first index='x'>a</first></set>", "<set \(namespace)><count/></set>"])
    }

    /// XEP-0313, examples 2, 5, 19 and 21.
    @Test func readsAndWritesQueries() throws {
        try expectGolden(MAM.Query(queryID: "f27"), "<query xmlns='urn:xmpp:mam:2' queryid='f27'/>")
        let form = DataForm(
            .submit,
            fields: [
                .init(DataForm.formTypeField, kind: .hidden, values: [MAM.namespace]),
                .init("start", values: ["2010-08-07T00:00:00Z"]),
            ])
        let x = """
            <x xmlns='jabber:x:data' type='submit'>
              <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>
              <field var='start'><value>2010-08-07T00:00:00Z</value></field>
            </x>
            """
        try expectGolden(
            MAM.Query(form: form, page: ResultSetRequest(maximum: 10, after: "09af3-cc343-b409f"), flipsPage: true),
            """
            <query xmlns='urn:xmpp:mam:2'>\(x)
              <set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>09af3-cc343-b409f</after></set>
              <flip-page/></query>
            """)
        try expectGolden(MAM.Query(node: "fdp/a"), "<query xmlns='urn:xmpp:mam:2' node='fdp/a'/>")
        try expectMalformed(
            MAM.Query.self,
            [
                "<query xmlns='urn:xmpp:mam:1'/>", "<query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data'/></query>",
                "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>a</max></set></query>",
            ])
    }

    /// XEP-0313, example 3.
    @Test func readsAndWritesResults() throws {
        let message = try parse(
            """
            <message xmlns='jabber:client' from='witch@shakespeare.lit' to='macbeth@shakespeare.lit'>
              <body>Hail to thee</body></message>
            """)
        try expectGolden(
            MAM.Result(
                queryID: "f27", id: "28482-98726-73623", stamp: try #require(Timestamp("2010-07-10T23:08:25.000Z")),
                message: message),
            """
            <result xmlns='urn:xmpp:mam:2' queryid='f27' id='28482-98726-73623'>
              <forwarded xmlns='urn:xmpp:forward:0'>
                <delay xmlns='urn:xmpp:delay' stamp='\(Timestamp("2010-07-10T23:08:25Z")?.description ?? "")'/>
                <message xmlns='jabber:client' from='witch@shakespeare.lit' to='macbeth@shakespeare.lit'>
                  <body>Hail to thee</body></message>
              </forwarded>
            </result>
            """)
        try expectMalformed(
            MAM.Result.self,
            [
                "<result xmlns='urn:xmpp:mam:2'/>", "<result xmlns='urn:xmpp:mam:2' id='a'/>",
                "<result xmlns='urn:xmpp:mam:2' id='a'><forwarded xmlns='urn:xmpp:forward:0'/></result>",
            ])
    }

    /// XEP-0313, examples 4 and 22.
    @Test func readsAndWritesTheEnd() throws {
        let set = """
            <set xmlns='http://jabber.org/protocol/rsm'><first index='0'>23452-4534-1</first>
              <last>390-2342-22</last><count>16</count></set>
            """
        let page = ResultSet(first: "23452-4534-1", firstIndex: 0, last: "390-2342-22", count: 16)
        try expectGolden(
            MAM.Fin(isComplete: true, page: page), "<fin xmlns='urn:xmpp:mam:2' complete='true'>\(set)</fin>")
        try expectGolden(
            MAM.Fin(isStable: false, page: page), "<fin xmlns='urn:xmpp:mam:2' stable='false'>\(set)</fin>")
        try expectMalformed(
            MAM.Fin.self, ["<fin xmlns='urn:xmpp:mam:2'/>", "<fin xmlns='urn:xmpp:mam:2' complete='x'>\(set)</fin>"])
    }

    /// XEP-0313, examples 26 and 27.
    @Test func readsAndWritesMetadata() throws {
        let (start, end) = ("2008-08-22T21:09:04Z", "2020-04-20T14:34:21Z")
        try expectGolden(MAM.Metadata(), "<metadata xmlns='urn:xmpp:mam:2'/>")
        let metadata = MAM.Metadata(
            start: .init("YWxwaGEg", try #require(Timestamp(start))),
            end: .init("b21lZ2Eg", try #require(Timestamp(end))))
        try expectGolden(
            metadata,
            """
            <metadata xmlns='urn:xmpp:mam:2'>
              <start id='YWxwaGEg' timestamp='\(try #require(Timestamp(start)).description)'/>
              <end id='b21lZ2Eg' timestamp='\(try #require(Timestamp(end)).description)'/>
            </metadata>
            """)
        try expectMalformed(
            MAM.Metadata.self,
            ["<metadata xmlns='urn:xmpp:mam:2'><start id='a'/></metadata>", "<metadata xmlns='o'/>"])
    }

    /// XEP-0441, examples 1 and 4.
    @Test func readsAndWritesPreferences() throws {
        try expectGolden(MAM.Preferences(), "<prefs xmlns='urn:xmpp:mam:2'/>")
        try expectGolden(
            MAM.Preferences(
                default: .roster, always: [try JID("romeo@montague.lit")], never: [try JID("montague@montague.lit")]),
            """
            <prefs xmlns='urn:xmpp:mam:2' default='roster'>
              <always><jid>romeo@montague.lit</jid></always>
              <never><jid>montague@montague.lit</jid></never>
            </prefs>
            """)
        try expectMalformed(
            MAM.Preferences.self,
            [
                "<prefs xmlns='urn:xmpp:mam:2' default='sometimes'/>",
                "<prefs xmlns='urn:xmpp:mam:2' default='never'><always><jid>@</jid></always></prefs>",
            ])
    }

    /// XEP-0424, examples 4 and 6.
    @Test func readsAndWritesRetractions() throws {
        try expectGolden(
            MessageRetraction("wrong-recipient-1"),
            "<retract id='wrong-recipient-1' xmlns='urn:xmpp:message-retract:1'/>")
        let stamp = try #require(Timestamp("2019-09-20T23:09:32Z"))
        try expectGolden(
            Tombstone("retract-message-1", stamp: stamp),
            "<retracted stamp='\(stamp.description)' xmlns='urn:xmpp:message-retract:1' id='retract-message-1'/>")
        try expectGolden(
            Tombstone("x", by: try JID("room@muc.lit/nick")),
            "<retracted xmlns='urn:xmpp:message-retract:1' id='x' by='room@muc.lit/nick'/>")
        try expectMalformed(MessageRetraction.self, ["<retract xmlns='urn:xmpp:message-retract:1'/>"])
        try expectMalformed(
            Tombstone.self,
            [
                "<retracted xmlns='urn:xmpp:message-retract:1'/>",
                "<retracted xmlns='urn:xmpp:message-retract:1' id='a' stamp='yesterday'/>",
            ])
    }
}
