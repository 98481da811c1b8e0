//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The fourth schema: offline stanzas in the order in which they came.
enum SchemaV4 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        OfflineSchema.position
    ]
}
