//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Yams

/// A piece of a configuration file, independent of the YAML library, which is imported here only.
struct ConfigurationNode: Sendable {
    enum Content: Sendable {
        case scalar(String)
        case list([ConfigurationNode])
        case map([Pair])
        /// A key without a value.
        case empty
    }

    /// A key with its value. Keys keep their place in the file for errors about the key itself.
    struct Pair: Sendable {
        var key: String
        var keyOrigin: ConfigurationOrigin
        var value: ConfigurationNode
    }

    var content: Content
    var origin: ConfigurationOrigin

    /// What the node is, for error messages.
    var kindName: String {
        switch content {
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a map"
        case .empty: "nothing"
        }
    }

    /// Reads one YAML document. An empty one is an empty map.
    static func parse(yaml text: String, file: String) throws(InvalidConfiguration) -> ConfigurationNode {
        do {
            guard let root = try Parser(yaml: text, encoding: .utf8).singleRoot() else {
                return ConfigurationNode(content: .empty, origin: .file(line: 1, column: 1))
            }
            return ConfigurationNode(root)
        } catch let error as YamlError {
            throw InvalidConfiguration(problems: [problem(error, file: file)])
        } catch {
            let problem = ConfigurationProblem(file: file, origin: nil, path: [], reason: "not valid YAML: \(error)")
            throw InvalidConfiguration(problems: [problem])
        }
    }

    private init(content: Content, origin: ConfigurationOrigin) {
        self.content = content
        self.origin = origin
    }

    /// Stands for a section that is not in the file.
    static let nothing = ConfigurationNode(content: .empty, origin: .file(line: 1, column: 1))

    /// A scalar from somewhere else than the file.
    init(scalar text: String, origin: ConfigurationOrigin) {
        self.init(content: .scalar(text), origin: origin)
    }

    private init(_ node: Node) {
        let origin = Self.origin(node.mark)
        switch node {
        case .scalar(let scalar):
            // Only plain scalars can be null: `""` is an empty text.
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            self.init(content: isNull ? .empty : .scalar(scalar.string), origin: origin)
        case .sequence(let sequence):
            self.init(content: .list(sequence.map(ConfigurationNode.init)), origin: origin)
        case .mapping(let mapping):
            let pairs = mapping.map { key, value in
                Pair(
                    key: key.scalar?.string ?? "", keyOrigin: Self.origin(key.mark),
                    value: ConfigurationNode(value))
            }
            self.init(content: .map(pairs), origin: origin)
        case .alias:
            // The parser has already replaced aliases by what they stand for.
            self.init(content: .empty, origin: origin)
        }
    }

    private static func origin(_ mark: Mark?) -> ConfigurationOrigin {
        .file(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    /// The library's own descriptions quote the whole file, secrets included; ours never do.
    private static func problem(_ error: YamlError, file: String) -> ConfigurationProblem {
        var problem = ConfigurationProblem(file: file, origin: nil, path: [], reason: "")
        switch error {
        case .scanner(let context, let text, let mark, _), .parser(let context, let text, let mark, _),
            .composer(let context, let text, let mark, _):
            problem.origin = Self.origin(mark)
            let detail = context.map { "\($0.text.isEmpty ? "" : $0.text + " ")\(text)" } ?? text
            problem.reason = "not valid YAML: \(detail)"
        case .duplicatedKeysInMapping(let keys, let context):
            problem.origin = Self.origin(context.mark)
            let quoted = keys.map { "\"\($0)\"" }.joined(separator: ", ")
            problem.reason = "\(quoted) is given more than once in the same map; keep one"
        case .reader(let text, _, _, _):
            problem.reason = "not valid YAML: \(text)"
        default:
            problem.reason = "not valid YAML: the file could not be read as UTF-8"
        }
        return problem
    }
}
