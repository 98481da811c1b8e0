//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Tokens (XEP-0484) and the devices they were given to.
enum TokensSchema {
    static let sql = """
        -- slot 0: in use; 1: given out and not used yet. The token itself is not here: it is made of the nonce and a key
        -- that is kept elsewhere.
        CREATE TABLE fast_token (
            account TEXT NOT NULL,
            device TEXT NOT NULL,
            slot INTEGER NOT NULL,
            mechanism TEXT NOT NULL,
            nonce BLOB NOT NULL,
            issued INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            count INTEGER NOT NULL DEFAULT -1,
            PRIMARY KEY (account, device, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX fast_token_by_expiry ON fast_token (expires);

        CREATE TABLE account_device (
            account TEXT NOT NULL,
            device TEXT NOT NULL,
            software TEXT,
            name TEXT,
            address TEXT,
            first_used INTEGER NOT NULL,
            last_used INTEGER NOT NULL,
            PRIMARY KEY (account, device)
        ) STRICT, WITHOUT ROWID;
        """
}
