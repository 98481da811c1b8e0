//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import CLDAP
import Glibc

/// One connection to a directory, for one question. Every call waits for the network, at most for its time-out; so it
/// lives and dies on one thread of a pool.
final class LDAPConnection {
    /// The values of an entry by attribute, in lower case.
    typealias Entry = [String: [String]]

    private let handle: OpaquePointer

    /// Takes over a connection that is open.
    init(_ settings: LDAPRecordSource.Settings, over descriptor: Int32, timeout: Duration) throws {
        var pointer: OpaquePointer?
        guard ldap_init_fd(descriptor, LDAP_PROTO_TCP, settings.address.url, &pointer) == LDAP_SUCCESS, let pointer
        else {
            close(descriptor)
            throw SourceFailure("its address is no good")
        }
        handle = pointer
        var version = LDAP_VERSION3
        var time = timeval(timeout)
        var limit = Int32(Limits.records)
        var check = LDAP_OPT_X_TLS_DEMAND
        var client: Int32 = 0
        let isSet =
            ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &time) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_TIMEOUT, &time) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_SIZELIMIT, &limit) == LDAP_OPT_SUCCESS
            && CLDAP_refuse_referrals(handle) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &check) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, settings.authorities) == LDAP_OPT_SUCCESS
            && ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS
            && CLDAP_set_max_incoming(handle, ber_len_t(Limits.answer)) == 0
        guard isSet else { throw SourceFailure("the authorities to trust cannot be read") }
    }

    deinit { ldap_unbind_ext_s(handle, nil, nil) }

    /// Asks for encryption in the connection.
    func startTLS() throws {
        try check(ldap_start_tls_s(handle, nil, nil))
    }

    /// Encrypts a connection on which nothing has been said.
    func installTLS() throws {
        try check(ldap_install_tls(handle))
    }

    /// Says who we are; without a name nobody.
    func bind(_ name: String?, password: String) throws {
        guard let name else { return }
        var bytes = Array(password.utf8CString)
        let result = bytes.withUnsafeMutableBufferPointer { buffer in
            var credentials = berval(bv_len: ber_len_t(buffer.count - 1), bv_val: buffer.baseAddress)
            return ldap_sasl_bind_s(handle, name, nil, &credentials, nil, nil, nil)
        }
        try check(result)
    }

    /// The entries below a base that a filter finds, a few at most.
    func search(_ base: String, _ filter: String, attributes: [String], timeout: Duration) throws -> [Entry] {
        var names: [UnsafeMutablePointer<CChar>?] = attributes.map { strdup($0) } + [nil]
        defer { for name in names { free(name) } }
        var time = timeval(timeout)
        var message: OpaquePointer?
        let result = ldap_search_ext_s(
            handle, base, ber_int_t(LDAP_SCOPE_SUBTREE), filter, &names, 0, nil, nil, &time, Int32(Limits.records),
            &message)
        defer { if let message { ldap_msgfree(message) } }
        // More than we want is a result as well: it could be any of them.
        if result != LDAP_SIZELIMIT_EXCEEDED { try check(result) }
        var entries: [Entry] = []
        var next = ldap_first_entry(handle, message)
        while let entry = next, entries.count < Limits.records {
            entries.append(values(of: entry, attributes))
            next = ldap_next_entry(handle, entry)
        }
        return entries
    }

    private func values(of entry: OpaquePointer, _ attributes: [String]) -> Entry {
        var result: Entry = [:]
        for attribute in attributes {
            guard let values = ldap_get_values_len(handle, entry, attribute) else { continue }
            defer { ldap_value_free_len(values) }
            var texts: [String] = []
            for index in 0..<min(Int(ldap_count_values_len(values)), Limits.records) {
                guard let value = values[index]?.pointee, let bytes = value.bv_val else { continue }
                let raw = UnsafeRawBufferPointer(start: bytes, count: Int(value.bv_len))
                // What is not UTF-8 (a picture, say) is nothing to read.
                if let text = String(validating: raw, as: UTF8.self) { texts.append(text) }
            }
            if !texts.isEmpty { result[attribute.lowercased()] = texts }
        }
        return result
    }

    private func check(_ result: Int32) throws {
        switch result {
        case LDAP_SUCCESS: return
        case LDAP_TIMEOUT, LDAP_TIMELIMIT_EXCEEDED: throw SourceFailure.timeout
        case LDAP_SERVER_DOWN: throw SourceFailure("cannot be reached")
        case LDAP_CONNECT_ERROR: throw SourceFailure("its certificate or its TLS is no good")
        case LDAP_INVALID_CREDENTIALS: throw SourceFailure("does not take our password")
        case LDAP_NO_SUCH_OBJECT: throw SourceFailure("has no such base")
        case LDAP_REFERRAL: throw SourceFailure("it refers elsewhere, which is not followed")
        default: throw SourceFailure("answers with LDAP result \(result)")
        }
    }
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
