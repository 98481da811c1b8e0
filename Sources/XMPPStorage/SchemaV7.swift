//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The seventh schema: who fills the outbox for other servers, and what was sent before it was written there.
enum SchemaV7 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        FederationOutboxSchema.senders,
        FederationOutboxSchema.marks,
    ]
}
