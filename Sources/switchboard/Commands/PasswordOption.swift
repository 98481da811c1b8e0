//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// Where a command takes a password from: the terminal, or standard input. Never an argument, which others could see.
struct PasswordOption: ParsableArguments {
    @Flag(name: .customLong("password-stdin"), help: "Take the password from the first line of standard input.")
    var isFromStandardInput = false

    func read(for account: String) throws(CommandFailure) -> String {
        guard !isFromStandardInput else {
            return try PasswordInput.password(fromLine: readLine(strippingNewline: true))
        }
        return try PasswordInput.ask(for: account)
    }
}
