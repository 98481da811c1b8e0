//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPServer
import XMPPTLS

/// The key that log-in tokens are made with (XEP-0484). It lies beside the database, not in it: a copy of the database is
/// no set of tokens.
enum TokenKey {
    private static let name = "token.key"

    /// Reads the key of a data folder, which exists, or makes one.
    static func load(_ folder: DataFolder) throws -> [UInt8] {
        let path = folder.path + "/" + name
        if FileManager.default.fileExists(atPath: path) {
            guard let text = FileManager.default.contents(atPath: path).map({ String(decoding: $0, as: UTF8.self) }),
                let key = Base64.decode(String(text.prefix { !$0.isWhitespace })), key.count >= TokenSettings.keyLength
            else {
                throw CommandFailure(
                    "\(path) cannot be read, or holds no key. Remove it to have a new one made; devices then log in with "
                        + "their passwords once.")
            }
            return key
        }
        let key = SecureRandom.bytes(TokenSettings.keyLength)
        let isMade = FileManager.default.createFile(
            atPath: path, contents: Data((Base64.encode(key) + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard isMade else {
            throw CommandFailure("\(path) cannot be written. Check the permissions of the data folder.")
        }
        return key
    }
}
