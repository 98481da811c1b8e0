//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The eighth schema: what clients have been told, so that they are told the rest after the server's death.
enum SchemaV8 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        SessionSchema.rosterVersions,
        PushSchema.told,
    ]
}
