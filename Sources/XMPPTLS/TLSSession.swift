//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
import NIOCore

/// One TLS session over OpenSSL, without input or output: ciphertext goes in and out through two buffers.
///
/// Confined to the event loop of its handler. Nothing here calls back into a pipeline.
final class TLSSession {
    /// How far an operation of OpenSSL came.
    enum Progress {
        case done
        /// Needs more ciphertext.
        case wantsInput
        /// The peer sent close_notify.
        case closed
        case failed(TLSError)
    }

    /// Messages taken from a peer after the handshake, over the life of the session. Key updates come once in 2^24
    /// records (RFC 8446 §5.5); each costs us a key schedule, so a flood of them is an attack.
    static let maximumPostHandshakeMessages = 1024
    /// Bytes of a record beyond its plaintext, at most (TLS 1.2 with an explicit nonce: 29).
    private static let recordOverhead = 40
    /// RFC 8446 §5.1.
    private static let maximumRecordPlaintext = 16384

    /// The context in use: the fallback, or after the server name the one it selected.
    private(set) var context: TLSContext
    private let store: TLSContextStore?
    private let applicationProtocols: ApplicationProtocols
    let ssl: OpaquePointer
    private var inbound = ByteBuffer()
    private var outbound = ByteBuffer()
    /// Bytes OpenSSL took since it last gave plaintext: it may hold them as part of a record.
    private var carriedBytes = 0
    private var postHandshakeMessages = 0
    /// What OpenSSL found wrong with the peer's certificates.
    private(set) var faults: [CertificateFault] = []

    /// - `store`: of a server, where the server name selects the context.
    /// - `peerName`: of a client, the name to ask for and to verify.
    init(
        context: TLSContext, store: TLSContextStore?, peerName: String?, applicationProtocols: ApplicationProtocols
    ) throws(TLSError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else {
            throw TLSError(.library, reason: "no TLS session (\(OpenSSLLibrary.takeErrorText()))")
        }
        self.context = context
        self.store = store
        self.applicationProtocols = applicationProtocols
        self.ssl = ssl
        guard let bio = TLSTransport.make(for: self) else {
            throw TLSError(.library, reason: "no TLS transport (\(OpenSSLLibrary.takeErrorText()))")
        }
        SSL_set_bio(ssl, bio, bio)
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        switch context.role {
        case .server:
            SSL_set_accept_state(ssl)
        case .client(let verifiesPeer):
            SSL_set_connect_state(ssl)
            try configureClient(peerName: peerName, verifiesPeer: verifiesPeer)
        case .peer:
            SSL_set_connect_state(ssl)
            try configurePeer(peerName)
        }
    }

    deinit {
        SSL_free(ssl)
    }

    private func offerApplicationProtocols() {
        guard !applicationProtocols.wire.isEmpty else { return }
        SSL_set_alpn_protos(ssl, applicationProtocols.wire, UInt32(applicationProtocols.wire.count))
    }

    /// Asks for a name and verifies none: which names are right depends on more than one.
    private func configurePeer(_ name: String?) throws(TLSError) {
        offerApplicationProtocols()
        guard let name = name.map(TLSContextStore.canonical), !name.isEmpty else { return }
        guard COpenSSL_set_server_name(ssl, name) == 1 else {
            throw TLSError(.handshakeFailed, reason: "\(name) is not a name a certificate can have")
        }
    }

    private func configureClient(peerName: String?, verifiesPeer: Bool) throws(TLSError) {
        offerApplicationProtocols()
        guard let peerName, !peerName.isEmpty else {
            guard !verifiesPeer else {
                throw TLSError(.certificateRejected, reason: "no name to verify the server's certificate against")
            }
            return
        }
        let name = TLSContextStore.canonical(peerName)
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 { return }
        ERR_clear_error()
        // RFC 9525: only alternative names count, and a wildcard only as a whole label.
        SSL_set_hostflags(
            ssl, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) | UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard SSL_set1_host(ssl, name) == 1, COpenSSL_set_server_name(ssl, name) == 1 else {
            throw TLSError(.certificateRejected, reason: "\(name) is not a name a certificate can have")
        }
    }
}

// MARK: - Operations

extension TLSSession {
    /// Adds ciphertext that came from the peer.
    func receive(_ bytes: inout ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = bytes
        } else {
            inbound.writeBuffer(&bytes)
        }
    }

    /// Takes the ciphertext that is to be sent.
    func takeOutbound() -> ByteBuffer {
        defer { outbound = ByteBuffer() }
        return outbound
    }

    var hasOutbound: Bool { outbound.readableBytes > 0 }

    func handshake() -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        guard result != 1 else {
            // From here on every handshake message counts against the limit.
            SSL_set_msg_callback(ssl, TLSSession.messageCallback)
            return .done
        }
        return progress(after: result, during: .handshakeFailed)
    }

    /// Decrypts all complete records into `plaintext`.
    func read(into plaintext: inout ByteBuffer) -> Progress {
        plaintext.reserveCapacity(minimumWritableBytes: expectedPlaintext)
        while true {
            var count = 0
            var result: Int32 = 0
            ERR_clear_error()
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
                result = SSL_read_ex(ssl, space.baseAddress, space.count, &count)
                return result == 1 ? count : 0
            }
            guard result == 1 else { return progress(after: result, during: .protocolViolation) }
            carriedBytes = 0
            if inbound.readableBytes == 0, SSL_pending(ssl) == 0 { return .wantsInput }
        }
    }

    /// Encrypts the first `count` bytes of `plaintext`, in as few records as possible.
    func write(_ plaintext: inout ByteBuffer, count: Int, allocator: ByteBufferAllocator) -> TLSError? {
        let records = count / TLSSession.maximumRecordPlaintext + 1
        let capacity = count + records * TLSSession.recordOverhead
        if outbound.readableBytes == 0 {
            outbound = allocator.buffer(capacity: capacity)
        } else {
            outbound.reserveCapacity(minimumWritableBytes: capacity)
        }
        var written = 0
        ERR_clear_error()
        let result = plaintext.withUnsafeReadableBytes { bytes in
            SSL_write_ex(ssl, bytes.baseAddress, min(count, bytes.count), &written)
        }
        guard result == 1 else {
            guard case .failed(let error) = progress(after: result, during: .protocolViolation) else {
                return TLSError(.protocolViolation, reason: "the session takes no more data")
            }
            return error
        }
        plaintext.moveReaderIndex(forwardBy: written)
        return nil
    }

    /// Puts close_notify into the outbound buffer, once.
    func shutdown() {
        guard SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN == 0 else { return }
        ERR_clear_error()
        SSL_shutdown(ssl)
    }

    /// Plaintext is never longer than its ciphertext.
    private var expectedPlaintext: Int {
        inbound.readableBytes + min(carriedBytes, TLSSession.maximumRecordPlaintext)
    }

    private func progress(after result: Int32, during kind: TLSError.Kind) -> Progress {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            return .wantsInput
        case SSL_ERROR_ZERO_RETURN:
            return .closed
        default:
            guard !refusesInput else {
                return .failed(TLSError(.protocolViolation, reason: "too many handshake messages in one session"))
            }
            let verification = SSL_get_verify_result(ssl)
            if kind == .handshakeFailed, verification != X509_V_OK, context.role == .client(verifiesPeer: true) {
                ERR_clear_error()
                let reason = X509_verify_cert_error_string(verification).map { String(cString: $0) }
                return .failed(TLSError(.certificateRejected, reason: reason ?? "certificate not trusted"))
            }
            return .failed(TLSError(kind, reason: OpenSSLLibrary.takeErrorText("the peer broke off")))
        }
    }
}

// MARK: - What OpenSSL calls

extension TLSSession {
    /// Whether the transport must report an error instead of "no more yet".
    var refusesInput: Bool { postHandshakeMessages > TLSSession.maximumPostHandshakeMessages }

    /// Hands ciphertext to OpenSSL; the number of bytes given.
    func supply(_ space: UnsafeMutableRawBufferPointer) -> Int {
        guard !refusesInput else { return 0 }
        let count = inbound.readWithUnsafeReadableBytes { bytes in
            let count = min(bytes.count, space.count)
            space.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        carriedBytes += count
        // Let go of the buffer as soon as it is used up: an idle session holds none.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return count
    }

    /// Takes ciphertext from OpenSSL.
    func accept(_ bytes: UnsafeRawBufferPointer) {
        outbound.writeBytes(bytes)
    }

    private static func session(of ssl: OpaquePointer?) -> TLSSession? {
        guard let ssl, let data = SSL_get_ex_data(ssl, 0) else { return nil }
        return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    /// Selects the certificate by the server name.
    static let serverNameCallback:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            ssl, _, _ in
            guard let session = session(of: ssl), let store = session.store,
                let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
                let context = store.context(for: String(cString: name)),
                SSL_set_SSL_CTX(ssl, context.pointer) != nil
            else { return SSL_TLSEXT_ERR_NOACK }
            session.context = context
            return SSL_TLSEXT_ERR_OK
        }

    /// Selects the application protocol by our preference. A client that offers only others is refused, so that a
    /// stream cannot be smuggled to a server of another protocol (RFC 7301 §3.2).
    static let applicationProtocolCallback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { ssl, chosen, chosenLength, offered, offeredLength, _ in
            guard let session = session(of: ssl), let offered, !session.applicationProtocols.names.isEmpty else {
                return SSL_TLSEXT_ERR_NOACK
            }
            let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
            guard let range = session.applicationProtocols.choose(from: list) else {
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }
            chosen?.pointee = offered + range.lowerBound
            chosenLength?.pointee = UInt8(range.count)
            return SSL_TLSEXT_ERR_OK
        }

    /// Notes what is wrong with a certificate and goes on: who decides knows more than OpenSSL.
    static let verificationCallback: @convention(c) (Int32, OpaquePointer?) -> Int32 = { isValid, verification in
        if isValid != 1, let session = session(of: COpenSSL_verified_session(verification)) {
            CertificateFault.note(verification, in: &session.faults)
        }
        return 1
    }

    private static let messageCallback:
        @convention(c) (
            Int32, Int32, Int32, UnsafeRawPointer?, Int, OpaquePointer?, UnsafeMutableRawPointer?
        ) -> Void = { isWritten, _, contentType, _, _, ssl, _ in
            guard isWritten == 0, contentType == SSL3_RT_HANDSHAKE else { return }
            session(of: ssl)?.postHandshakeMessages += 1
        }
}
