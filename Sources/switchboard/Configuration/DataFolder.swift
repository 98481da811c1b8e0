//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials

/// The folder the program writes to.
struct DataFolder: Sendable, Equatable {
    /// Absolute once the configuration is loaded.
    var path: String
    /// Whether the folder is to be removed at a clean stop.
    var isTemporary = false

    /// A folder of this process that does not exist yet. The same one each time it is asked for, so that a reload sees no change.
    static let temporary = DataFolder(
        path: FileManager.default.temporaryDirectory.path + "/switchboard-" + Secret.random().value.prefix(16),
        isTemporary: true)
}

extension ValueReader where Value == DataFolder {
    static var dataFolder: ValueReader {
        let workingFolder = FileManager.default.currentDirectoryPath
        var reader = ValueReader(
            scalar: "path or temporary", render: { $0.path },
            read: { text, path, reading in
                guard let expanded = ConfigurationText.expanded(text, at: path, &reading) else { return nil }
                guard !expanded.isEmpty else {
                    reading.report("must not be empty", at: path)
                    return nil
                }
                guard expanded != "temporary" else { return DataFolder.temporary }
                return DataFolder(path: ConfigurationText.path(expanded, in: workingFolder))
            })
        reader.complete = { folder, _ in
            DataFolder(path: ConfigurationText.path(folder.path, in: workingFolder), isTemporary: folder.isTemporary)
        }
        return reader
    }
}
