//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import COpenSSL
internal import Synchronization

/// The certificates of authorities as OpenSSL holds them. Those of a file are read once in a while, not for each check.
final class TrustStore: Sendable {
    // SAFETY: never changed after `init`; OpenSSL guards what a store caches with a lock of its own, and counts who has
    // it. It is freed when nobody has this object any more.
    nonisolated(unsafe) let pointer: OpaquePointer

    private init(_ roots: TrustRoots) throws(TLSError) {
        guard OpenSSLLibrary.ready, let store = X509_STORE_new() else {
            throw TLSError(.library, reason: "OpenSSL cannot be initialised")
        }
        ERR_clear_error()
        let isLoaded =
            switch roots {
            case .system: X509_STORE_set_default_paths(store) == 1
            case .file(let path): X509_STORE_load_file(store, path) == 1
            }
        guard isLoaded else {
            X509_STORE_free(store)
            let file: String? = if case .file(let path) = roots { path } else { nil }
            throw TLSError(
                .trustRoots, file: file, reason: "holds no trusted certificates (\(OpenSSLLibrary.takeErrorText()))",
                remedy: "Give a PEM file with the certificates of the authorities to trust")
        }
        pointer = store
    }

    deinit { X509_STORE_free(pointer) }

    // MARK: Files that were read

    /// Files that are kept: more than a configuration is likely to name.
    private static let maximum = 64
    /// How long they are kept: so soon a file that has changed is in force.
    private static let lifetime = Duration.seconds(10)
    private static let known = Mutex<[String: (time: ContinuousClock.Instant, store: TrustStore)]>([:])

    static func of(_ roots: TrustRoots) throws(TLSError) -> TrustStore {
        guard case .file(let path) = roots else { return try TrustStore(roots) }
        let now = ContinuousClock.now
        if let known = known.withLock({ $0[path] }), now - known.time < lifetime { return known.store }
        let made = try TrustStore(roots)
        known.withLock { known in
            if known.count >= maximum, let any = known.keys.first { known[any] = nil }
            known[path] = (now, made)
        }
        return made
    }
}
