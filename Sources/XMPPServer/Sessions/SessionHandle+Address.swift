//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SessionHandle {
    /// The IP address that the session's connection comes from; nil while it has none.
    package func remoteAddress() async -> String? {
        await withCheckedContinuation { continuation in
            link.performLater { session in
                continuation.resume(returning: (session as? ClientSession)?.address)
            }
        }
    }
}
