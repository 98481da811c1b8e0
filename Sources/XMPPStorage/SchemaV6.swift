//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The sixth schema: since when sessions have been given what.
enum SchemaV6 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        SessionSchema.beginnings
    ]
}
