//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Testing

@testable import switchboard

@Suite struct CommandLineTests {
    private func outcome(_ arguments: [String]) -> (status: ProgramExit, text: String) {
        do {
            var command = try Switchboard.parseAsRoot(arguments)
            try command.run()
            return (.success, "")
        } catch {
            return ProgramExit.outcome(of: error)
        }
    }

    @Test(arguments: [
        ["frobnicate"], ["serve", "--port", "1"], ["user", "add"], ["user", "add", "a@b", "--password", "x"],
        ["backup"], ["invite", "--uses", "many"], ["invite", "revoke"], ["user", "disable"],
    ])
    func endsWithTwoOnWrongUsage(_ arguments: [String]) {
        let (status, text) = outcome(arguments)
        #expect(status == .usage)
        #expect(text.contains("Usage:"))
    }

    @Test(arguments: [["--help"], ["serve", "--help"], ["user", "passwd", "--help"], ["--version"]])
    func endsWellAfterHelp(_ arguments: [String]) {
        let (status, text) = outcome(arguments)
        #expect(status == .success)
        #expect(!text.isEmpty)
    }

    @Test func hasAStatusForEachKindOfFailure() {
        let problem = ConfigurationProblem(file: "x.yaml", origin: nil, path: ["hosts"], reason: "bad")
        #expect(ProgramExit.outcome(of: InvalidConfiguration(problems: [problem])).status == .configuration)
        #expect(ProgramExit.outcome(of: InvalidConfiguration(problems: [problem])).text == "x.yaml: hosts: bad")
        #expect(ProgramExit.outcome(of: CommandFailure("no")) == (.failure, "no"))
        #expect(ProgramExit.outcome(of: ExitCode.failure) == (.failure, ""))
    }

    @Test func findsTheConfiguration() {
        #expect(ConfigurationOption.file("a", environment: ["SWITCHBOARD_CONFIG": "b"]) == "a")
        #expect(ConfigurationOption.file(nil, environment: ["SWITCHBOARD_CONFIG": "b"]) == "b")
        #expect(ConfigurationOption.file(nil, environment: [:]) == "/etc/switchboard/switchboard.yaml")
    }

    @Test func takesPasswordsFromALine() throws {
        #expect(try PasswordInput.password(fromLine: "a b ") == "a b ")
        #expect(try PasswordInput.password(fromLine: "a\r") == "a")
        #expect(throws: CommandFailure.self) { try PasswordInput.password(fromLine: nil) }
        #expect(throws: CommandFailure.self) { try PasswordInput.password(fromLine: "") }
        #expect(try PasswordInput.agreed("a", "a") == "a")
        #expect(throws: CommandFailure("The two passwords differ.")) { try PasswordInput.agreed("a", "b") }
    }
}
