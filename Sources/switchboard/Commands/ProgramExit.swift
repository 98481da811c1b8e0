//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser

/// How the program ends.
enum ProgramExit: Int32, Sendable {
    case success = 0
    case failure = 1
    case usage = 2
    /// `EX_CONFIG` of sysexits.
    case configuration = 78

    /// The status and the text for an error that ended a command.
    ///
    /// - Returns: the text goes to standard output if the status is success (help, the version), else to standard error.
    static func outcome(of error: any Error) -> (status: ProgramExit, text: String) {
        switch error {
        case let error as InvalidConfiguration: return (.configuration, error.description)
        case let error as CommandFailure: return (.failure, error.reason)
        default: break
        }
        let code = Switchboard.exitCode(for: error)
        switch code {
        case .success: return (.success, Switchboard.fullMessage(for: error))
        case .validationFailure: return (.usage, Switchboard.fullMessage(for: error))
        default: return (ProgramExit(rawValue: code.rawValue) ?? .failure, error is ExitCode ? "" : "Error: \(error)")
        }
    }

    /// Tells the user about an error.
    static func report(_ error: any Error) -> ProgramExit {
        let (status, text) = outcome(of: error)
        if !text.isEmpty { StandardStream.write(text + "\n", to: status == .success ? .output : .error) }
        return status
    }
}

/// A command could not do what it was asked to; the reason is for people and says what to do where that is known.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    var description: String { reason }
}
