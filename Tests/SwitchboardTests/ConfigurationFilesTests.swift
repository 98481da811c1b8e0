//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import switchboard

/// The files in `config/`.
@Suite struct ConfigurationFilesTests {
    private static func text(_ name: String) throws -> String {
        try #require(ConfigurationText.contents(ofFile: ConfigurationFixture.root + "/config/" + name))
    }

    private static func load(
        _ name: String, environment: [String: String] = [:]
    ) throws -> SwitchboardConfiguration {
        try SwitchboardConfiguration.load(
            file: ConfigurationFixture.root + "/config/" + name, for: .server, environment: environment)
    }

    /// If this fails, run `swift run switchboard check --reference > config/switchboard.yaml`.
    @Test func referenceIsThatOfTheSchema() throws {
        #expect(try Self.text("switchboard.yaml") == ConfigurationReference.render())
    }

    @Test func referenceParsesAsItIs() throws {
        let messages = ConfigurationFixture.messages(try Self.text("switchboard.yaml"), for: .any)
        #expect(messages == [" bridge: this section is required to run the bridge"])
    }

    /// With every key uncommented, all keys are known, all examples and defaults are good, and no key is missing.
    @Test func referenceHasEveryKeyOfTheSchema() throws {
        let lines = try Self.text("switchboard.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        let uncommented = lines.map { line in
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            guard rest.hasPrefix("#"), !rest.hasPrefix("# "), rest.count > 1 else { return String(line) }
            return String(indent) + String(rest.dropFirst())
        }.joined(separator: "\n")
        let root = try ConfigurationNode.parse(yaml: uncommented, file: "reference")
        let schema = SwitchboardConfiguration.schema.describe(SwitchboardConfiguration())
        #expect(Self.missing(schema, in: root) == [])

        // What one example cannot show: of `secret` and `secret_file` only one may be given, and maps need more than one entry.
        let expected = [
            "_file: give ", "_file: cannot read the secret", "the bridge connects to a listener of type component",
            "plain presence is mapped to available, busy and away", "give secret, or username and password, not both",
            "there is no department \"sales\" in bridge.departments",
        ]
        let others = ConfigurationFixture.messages(uncommented).filter { problem in
            !expected.contains { problem.contains($0) }
        }
        #expect(others == [])
    }

    @Test func everyKeyIsDocumented() {
        func check(_ fields: [FieldDescription], _ path: String) {
            for field in fields {
                #expect(field.documentation.hasSuffix("."), "\(path)\(field.key) has no sentence")
                #expect(
                    !field.children.isEmpty || field.defaultText != nil || field.example != nil,
                    "\(path)\(field.key) has neither default nor example")
                check(field.children, path + field.key + ".")
            }
        }
        check(SwitchboardConfiguration.schema.describe(SwitchboardConfiguration()), "")
    }

    private static func missing(
        _ fields: [FieldDescription], in node: ConfigurationNode, _ path: String = ""
    ) -> [String] {
        guard case .map(let pairs) = node.content else { return [path] }
        return fields.flatMap { field in
            let place = path + "." + field.key
            guard var value = pairs.first(where: { $0.key == field.key })?.value else { return [place] }
            if let name = field.entryName {
                guard case .map(let entries) = value.content, let entry = entries.first, entry.key == name else {
                    return [place + "." + name]
                }
                value = entry.value
            }
            return field.children.isEmpty ? [] : missing(field.children, in: value, place)
        }
    }

    @Test func demoIsTheDemoCompany() throws {
        let demo = try Self.load("demo.yaml")
        #expect(demo.hosts.names == ["acme.example", "home.example"])
        #expect(demo.listeners.values.allSatisfy { $0.address == "127.0.0.1" })
        #expect(demo.listeners.values.map(\.port) == [5222, 5223, 5347, 5280])
        #expect(
            demo.initialAccounts.names.map { String($0.prefix { $0 != "@" }) }
                == ["alice", "bob", "carol", "dave", "erin", "tom", "uma", "vic", "wendy", "xena"])
        #expect(demo.initialAccounts.values.allSatisfy { $0.password == Secret("switchboard-demo") })
        #expect(demo.groups.names == ["Support", "Sales", "Staff"])
        #expect(demo.groups["Support"]?.accounts.map(\.local) == ["alice", "bob", "carol", "dave"])
        #expect(demo.groups["Sales"]?.accounts.map(\.local) == ["alice", "dave"])
        #expect(demo.groups["Staff"]?.accounts.count == 5)
        #expect(demo.roles.broadcast == [try JID("dave@acme.example")])
        #expect(demo.broadcast.host == (try JID("broadcast.acme.example")))
        #expect(demo.contacts.names == ["support@acme.example", "sales@acme.example", "hello@acme.example"])
        #expect(demo.contacts["hello@acme.example"]?.departments == ["sales", "support"])
        let bridge = try #require(demo.bridge)
        #expect(bridge.domain == (try JID("care.acme.example")))
        #expect(bridge.departments["support"].map(demo.agents)?.map(\.local) == ["alice", "bob", "carol"])
        #expect(bridge.departments["sales"].map(demo.agents)?.map(\.local) == ["alice"])
        #expect(bridge.departments.values.allSatisfy { $0.capacity == 3 })
    }

    @Test func benchIsWhatTheLoadGeneratorExpects() throws {
        let bench = try Self.load("bench.yaml")
        #expect(bench.hosts.names == ["localhost.example"])
        #expect(bench.listeners.values.map(\.kind) == [.c2s, .c2sPlain])
        #expect(bench.listeners.values.map(\.port) == [17222, 17223])
        #expect(bench.registration.isEnabled)
        #expect(bench.registration.perAddressPerHour == 0)
        #expect(bench.registration.minimumPasswordLength == 1)
        #expect(bench.data.isTemporary)
        #expect(!bench.archive.isEnabled)
        #expect(try Self.load("bench.yaml", environment: ["DATA": "/x"]).data == DataFolder(path: "/x"))
    }

    @Test func benchWithAnArchiveKeepsEveryMessageOnTheDisk() throws {
        let plain = try Self.load("bench.yaml")
        let bench = try Self.load("bench-archive.yaml")
        #expect(bench.archive.isEnabled)
        #expect(bench.storage.synchronous == .full)
        #expect(bench.hosts.names == plain.hosts.names)
        #expect(bench.listeners.values.map(\.port) == plain.listeners.values.map(\.port))
        #expect(bench.limits == plain.limits)
    }
}
