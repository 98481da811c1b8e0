//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// Reads certificates and keys from PEM files, with errors an operator can act on.
struct PEMFile {
    /// More certificates than this in one chain file are a bundle of roots given by mistake.
    static let maximumChainLength = 16

    let path: String

    /// The certificates of the file, in its order, at least one. The caller frees each.
    func certificates() throws(TLSError) -> [OpaquePointer] {
        let file = try open()
        defer { BIO_free(file) }
        var result: [OpaquePointer] = []
        while result.count <= PEMFile.maximumChainLength, let next = PEM_read_bio_X509(file, nil, nil, nil) {
            result.append(next)
        }
        let code = ERR_peek_last_error()
        let atEnd = COpenSSL_error_is_no_pem_start(code) != 0
        let text = OpenSSLLibrary.takeErrorText()
        if !result.isEmpty, atEnd || result.count > PEMFile.maximumChainLength {
            guard result.count <= PEMFile.maximumChainLength else {
                for certificate in result { X509_free(certificate) }
                throw TLSError(
                    .notPEM, file: path, reason: "holds more than \(PEMFile.maximumChainLength) certificates",
                    remedy: "Give the server's own certificate followed by its intermediates, without the roots")
            }
            return result
        }
        let count = result.count
        for certificate in result { X509_free(certificate) }
        throw TLSError(
            .notPEM, file: path,
            reason: atEnd ? "holds no certificate in PEM form" : "certificate \(count + 1) cannot be read (\(text))",
            remedy: "It must have a section between BEGIN CERTIFICATE and END CERTIFICATE; "
                + "convert DER with: openssl x509 -inform der -in FILE")
    }

    /// The private key of the file. The caller frees it.
    func privateKey() throws(TLSError) -> OpaquePointer {
        let file = try open()
        defer { BIO_free(file) }
        // Without a callback of ours OpenSSL asks for the passphrase on the terminal.
        let refuse: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
            _, _, _, asked in
            asked?.storeBytes(of: true, as: Bool.self)
            return -1
        }
        var isEncrypted = false
        let key = withUnsafeMutablePointer(to: &isEncrypted) { PEM_read_bio_PrivateKey(file, nil, refuse, $0) }
        if let key { return key }
        let noStart = COpenSSL_error_is_no_pem_start(ERR_peek_last_error()) != 0
        let text = OpenSSLLibrary.takeErrorText()
        guard !isEncrypted else {
            throw TLSError(
                .encryptedKey, file: path, reason: "the private key is protected by a passphrase",
                remedy: "Store it without: openssl pkey -in FILE -out NEWFILE, readable by the server's user only")
        }
        throw TLSError(
            .notPEM, file: path,
            reason: noStart ? "holds no private key in PEM form" : "the private key cannot be read (\(text))",
            remedy: "It must have a section between BEGIN PRIVATE KEY and END PRIVATE KEY")
    }

    private func open() throws(TLSError) -> OpaquePointer {
        guard OpenSSLLibrary.ready else { throw TLSError(.library, reason: "OpenSSL cannot be initialised") }
        ERR_clear_error()
        guard let file = BIO_new_file(path, "r") else {
            throw TLSError(
                .unreadable, file: path, reason: "cannot be read (\(OpenSSLLibrary.takeErrorText()))",
                remedy: "Check the path and that the server's user may read the file and enter its folders")
        }
        return file
    }
}
