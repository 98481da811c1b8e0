//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The table of ``PrivateXMLStore``.
enum PrivateXMLSchema {
    static let sql = """
        -- xml: one or more elements of this name and namespace, serialised, one after the other.
        CREATE TABLE private_xml (
            account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            xml TEXT NOT NULL,
            PRIMARY KEY (account, namespace, name)
        ) STRICT, WITHOUT ROWID;
        """
}
