//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Invitations: what may be done with a token, of which only the digest is kept.
///
/// `account` is reserved for whoever brings the token; `inviter` becomes a contact if `subscribes` is set, and the
/// invitation goes with him. `uses` is how often it can still be redeemed.
enum InvitationSchema {
    static let sql = """
        CREATE TABLE invitation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            token BLOB NOT NULL UNIQUE,
            host TEXT NOT NULL,
            inviter TEXT,
            account TEXT,
            registers INTEGER NOT NULL,
            subscribes INTEGER NOT NULL,
            groups TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            uses INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX invitation_by_inviter ON invitation (inviter) WHERE inviter IS NOT NULL;
        CREATE INDEX invitation_by_account ON invitation (account) WHERE account IS NOT NULL;
        CREATE INDEX invitation_by_expiry ON invitation (expires);
        """
}
