//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
import NIOCore

/// The BIO through which OpenSSL reads and writes the byte buffers of a `TLSSession`: one copy less than memory BIOs,
/// and nothing kept while idle.
enum TLSTransport {
    /// A BIO whose data is the session, unretained: the session owns the SSL that owns the BIO.
    static func make(for session: TLSSession) -> OpaquePointer? {
        guard let method = method.pointer, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(session).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private static let method: ConstantPointer = {
        _ = OpenSSLLibrary.ready
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "switchboard")
        BIO_meth_set_read_ex(method, read)
        BIO_meth_set_write_ex(method, write)
        BIO_meth_set_ctrl(method, control)
        return ConstantPointer(pointer: method)
    }()

    private static func session(of bio: OpaquePointer?) -> TLSSession? {
        guard let data = BIO_get_data(bio) else { return nil }
        return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    private static let read:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> Int32 = {
            bio, bytes, count, done in
            COpenSSL_BIO_clear_retry(bio)
            done?.pointee = 0
            guard let bytes, count > 0, let session = session(of: bio) else { return 0 }
            let taken = session.supply(UnsafeMutableRawBufferPointer(start: bytes, count: count))
            done?.pointee = taken
            if taken == 0, !session.refusesInput { COpenSSL_BIO_set_retry_read(bio) }
            return taken > 0 ? 1 : 0
        }

    private static let write:
        @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> Int32 = {
            bio, bytes, count, done in
            COpenSSL_BIO_clear_retry(bio)
            done?.pointee = 0
            guard let bytes, let session = session(of: bio) else { return 0 }
            session.accept(UnsafeRawBufferPointer(start: bytes, count: count))
            done?.pointee = count
            return 1
        }

    private static let control: @convention(c) (OpaquePointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int = {
        _, command, _, _ in
        command == BIO_CTRL_FLUSH ? 1 : 0
    }
}
