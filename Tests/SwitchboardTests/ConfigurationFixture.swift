//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

@testable import switchboard

/// Reads configurations from text as if they were in the file `/etc/switchboard/test.yaml`.
enum ConfigurationFixture {
    static let file = "/etc/switchboard/test.yaml"

    /// The least that can be served.
    static let minimal = """
        hosts:
          acme.example: {certificate: a.pem, key: a.key}

        """

    static func load(
        _ yaml: String, for purpose: SwitchboardConfiguration.Purpose = .server, environment: [String: String] = [:]
    ) throws -> SwitchboardConfiguration {
        try SwitchboardConfiguration.load(yaml: yaml, file: file, for: purpose, environment: environment)
    }

    /// The messages for a configuration that is refused, without the file's name; empty if it is accepted.
    static func messages(
        _ yaml: String, for purpose: SwitchboardConfiguration.Purpose = .server, environment: [String: String] = [:]
    ) -> [String] {
        do {
            _ = try load(yaml, for: purpose, environment: environment)
            return []
        } catch let error as InvalidConfiguration {
            return error.problems.map { $0.description.replacingOccurrences(of: file + ":", with: "") }
        } catch {
            return ["unexpected: \(error)"]
        }
    }

    /// The root of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }
}
