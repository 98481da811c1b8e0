//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The third schema: broadcasts on their way, certificates of accounts, what waits for other servers.
enum SchemaV3 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        AccountNoticeSchema.device,
        BroadcastSchema.jobs,
        LastLogInSchema.presence,
        PushSchema.pending,
        DepartureSchema.sql,
        CertificateSchema.sql,
        FederationOutboxSchema.sql,
        ArchiveSchema.alias,
        LastLogInSchema.places,
    ]
}
