//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
package import XMPPCore
internal import XMPPStorage

/// A device that an account has logged in with since its password was set.
package struct AccountDevice: Sendable, Equatable {
    /// The id of its user-agent (XEP-0388 §2.3).
    package let id: String
    package let software: String?
    /// What its owner or maker calls it.
    package let name: String?
    /// The address it came from last.
    package let address: String?
    package let firstUsed: Timestamp
    package let lastUsed: Timestamp
    /// Until when it may log in without the password; nil if it may not.
    package let tokenExpires: Timestamp?
}

extension ServerCore {
    /// What ends the sessions of a device that is to be out.
    static let deviceSignedOut = StreamError(.notAuthorized, text: "The device was signed out.")

    /// The devices of an account, the one used last first, with their tokens.
    package func devicesAndTokens(of account: JID) async throws -> [AccountDevice] {
        let now = Timestamp.now()
        return try await tokens.store.devicesAndTokens(account.bareString).map { device, expires in
            AccountDevice(
                id: device.id, software: device.software, name: device.name, address: device.address,
                firstUsed: Timestamp(milliseconds: device.firstUsed),
                lastUsed: Timestamp(milliseconds: device.lastUsed),
                tokenExpires: expires.map { Timestamp(milliseconds: $0) }.flatMap { $0 > now ? $0 : nil })
        }
    }

    /// Signs devices out: their tokens are taken back, and their sessions end, also those that wait for their clients to
    /// come back. They can log in again with the password.
    package func signOut(_ devices: Set<String>, of account: JID) async throws {
        try await database.write { [store = tokens.store] context in
            for device in devices { try store.revoke(account.bareString, device: device, in: context) }
        }
        endSessions(of: account, devices: devices, Self.deviceSignedOut)
        log.info("Devices signed out", metadata: ["account": "\(account.bareString)", "devices": "\(devices.count)"])
    }

    func endSessions(of account: JID, devices: Set<String>, _ error: StreamError) {
        for session in accounts.online(account)?.sessions ?? [] {
            if let device = session.device, devices.contains(device) { session.handle.end(error) }
        }
    }
}
