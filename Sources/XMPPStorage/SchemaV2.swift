//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The second schema: sessions that outlive their connection, archives, and what people keep on the server.
enum SchemaV2 {
    /// A part for each store, in the order they are made.
    static let parts: [String] = [
        ArchiveSchema.sql,
        BlockingSchema.sql,
        PushSchema.sql,
        PrivateXMLSchema.sql,
        LastLogInSchema.sql,
        VCardPhotoSchema.sql,
        InvitationSchema.sql,
        AccountNoticeSchema.sql,
        SessionSchema.sql,
        BroadcastSchema.sql,
        TokensSchema.sql,
        OfflineSchema.sql,
    ]
}
