//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

extension TLSSession {
    /// Label and length of RFC 9266 §2.
    private static let exporterLabel: StaticString = "EXPORTER-Channel-Binding"
    private static let exporterLength = 32

    /// What was negotiated. Call it after the handshake.
    var info: TLSSessionInfo {
        TLSSessionInfo(
            version: SSL_version(ssl) == TLS1_3_VERSION ? .tls13 : .tls12,
            cipher: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) } ?? "",
            applicationProtocol: applicationProtocol,
            serverName: SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
                .map { TLSContextStore.canonical(String(cString: $0)) },
            isResumed: SSL_session_reused(ssl) == 1,
            peerCertificate: peerCertificate)
    }

    /// The binding of this session, nil if it has none of that type.
    func channelBinding(_ type: ChannelBindingType) -> [UInt8]? {
        switch type {
        case .tlsExporter: return exportedBinding
        case .tlsServerEndPoint:
            if context.role == .server { return context.serverEndPoint }
            return COpenSSL_peer_certificate(ssl).flatMap { Certificate(pointer: $0).serverEndPoint }
        }
    }

    private var exportedBinding: [UInt8]? {
        let isTLS13 = SSL_version(ssl) == TLS1_3_VERSION
        // RFC 9266 §4.2: without the extended master secret two sessions can share their keys (triple handshake).
        guard isTLS13 || COpenSSL_has_extended_master_secret(ssl) == 1 else { return nil }
        var result = [UInt8](repeating: 0, count: TLSSession.exporterLength)
        let label = TLSSession.exporterLabel
        ERR_clear_error()
        let done = label.withUTF8Buffer { label in
            // In TLS 1.3 an empty context and none are the same; in TLS 1.2 the common reading is "none".
            SSL_export_keying_material(
                ssl, &result, result.count, UnsafeRawPointer(label.baseAddress)?.assumingMemoryBound(to: CChar.self),
                label.count, nil, 0, isTLS13 ? 1 : 0)
        }
        return done == 1 ? result : nil
    }

    private var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    private var peerCertificate: TLSPeerCertificate? {
        guard let pointer = COpenSSL_peer_certificate(ssl) else { return nil }
        let result = SSL_get_verify_result(ssl)
        var chain = [pointer]
        for index in 0..<min(COpenSSL_peer_chain_count(ssl), Int32(PEMFile.maximumChainLength)) {
            guard let next = COpenSSL_peer_chain_certificate(ssl, index), X509_cmp(next, pointer) != 0 else { continue }
            chain.append(next)
        }
        return TLSPeerCertificate(
            chain, isTrusted: result == X509_V_OK,
            distrustReason: result == X509_V_OK
                ? nil : X509_verify_cert_error_string(result).map { String(cString: $0) },
            faults: faults)
    }
}
