//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Reads passwords without showing them.
enum PasswordInput {
    /// The password on a line that was read; nil is the end of the input.
    static func password(fromLine line: String?) throws(CommandFailure) -> String {
        guard let line, !line.isEmpty else { throw CommandFailure("There is no password on standard input.") }
        return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }

    /// Asks twice on the terminal.
    static func ask(for account: String) throws(CommandFailure) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure("There is no terminal to ask for the password. Use --password-stdin.")
        }
        let first = try hiddenLine("Password for \(account): ")
        let second = try hiddenLine("The same again: ")
        return try agreed(first, second)
    }

    static func agreed(_ first: String, _ second: String) throws(CommandFailure) -> String {
        guard first == second else { throw CommandFailure("The two passwords differ.") }
        guard !first.isEmpty else { throw CommandFailure("The password is empty.") }
        return first
    }

    /// A line from the terminal that is not echoed.
    private static func hiddenLine(_ prompt: String) throws(CommandFailure) -> String {
        StandardStream.write(prompt, to: .error)
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw CommandFailure("The terminal cannot hide the password. Use --password-stdin.")
        }
        var hidden = settings
        hidden.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0 else {
            throw CommandFailure("The terminal cannot hide the password. Use --password-stdin.")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            StandardStream.write("\n", to: .error)
        }
        return readLine(strippingNewline: true) ?? ""
    }
}
