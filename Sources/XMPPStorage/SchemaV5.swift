//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The fifth schema: what sessions have to know after a restart, and waiting messages that archives hold.
enum SchemaV5 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        SessionSchema.entitlement,
        OfflineSchema.references,
    ]
}
