//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// The process-wide set-up of the C library; everything that calls OpenSSL touches `ready` first.
enum OpenSSLLibrary {
    /// Initialises the library once, without its `atexit` clean-up, which would free tables under running event loops.
    static let ready: Bool = COpenSSL_init() == 1

    /// The text of the oldest error in this thread's queue, or a fallback when the queue is empty. Clears the queue.
    static func takeErrorText(_ fallback: String = "unknown error") -> String {
        let code = ERR_peek_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return fallback }
        // A failed system call is the flag ERR_SYSTEM_FLAG with its errno.
        if code & 0x8000_0000 != 0 { return String(cString: strerror(Int32(truncatingIfNeeded: code & 0x7fff_ffff))) }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return "error \(code)"
    }
}

/// A pointer to an object of OpenSSL that never changes after it was made and is never freed.
// SAFETY: only used for EVP_MD and BIO_METHOD objects, which are made once, read-only afterwards and documented by
// OpenSSL as shareable between threads.
struct ConstantPointer: @unchecked Sendable {
    let pointer: OpaquePointer?
}
