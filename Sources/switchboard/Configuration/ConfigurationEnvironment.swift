//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Configuration

/// The environment variables that override the file: `SWITCHBOARD_` and the key's path in capitals, everything but letters and
/// digits as `_`, so that `listeners.c2s.port` is `SWITCHBOARD_LISTENERS_C2S_PORT`.
struct ConfigurationEnvironment: Sendable {
    static let prefix = "SWITCHBOARD_"
    /// Variables in our name space that are no configuration keys: the default of `--config`.
    static let reserved: Set<String> = ["SWITCHBOARD_CONFIG"]

    /// All variables, for `${NAME}` in paths.
    let variables: [String: String]
    private let provider: EnvironmentVariablesProvider

    init(_ variables: [String: String]) {
        self.variables = variables
        provider = EnvironmentVariablesProvider(environmentVariables: variables)
    }

    /// The overriding value for a key, with the variable's name.
    func override(for path: [String]) -> (variable: String, text: String)? {
        let key = AbsoluteConfigKey(["switchboard"] + path)
        guard let result = try? provider.value(forKey: key, type: .string),
            case .string(let text)? = result.value?.content
        else { return nil }
        return (result.encodedKey, text)
    }

    /// The name of a key's variable.
    func variable(for path: [String]) -> String {
        let key = AbsoluteConfigKey(["switchboard"] + path)
        return (try? provider.value(forKey: key, type: .string).encodedKey) ?? Self.prefix
    }

    /// Whether a variable is set for any key below `path`.
    func hasOverrides(below path: [String]) -> Bool {
        let start = variable(for: path) + "_"
        return variables.keys.contains { $0.hasPrefix(start) }
    }

    /// The variables in our name space.
    var ours: [String] {
        variables.keys.filter { $0.hasPrefix(Self.prefix) && !Self.reserved.contains($0) }.sorted()
    }
}
