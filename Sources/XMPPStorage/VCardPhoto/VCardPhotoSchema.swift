//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The hash of the picture in each card (XEP-0153): NULL where it has not been looked at, empty where there is none.
enum VCardPhotoSchema {
    static let sql = "ALTER TABLE vcard ADD COLUMN photo TEXT;"
}
