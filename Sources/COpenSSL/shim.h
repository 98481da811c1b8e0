//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

#pragma once
#include <string.h>
#include <sys/random.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Swift imports functions, not function-like macros: each macro we need gets a static inline wrapper.

static inline int COpenSSL_init(void) {
    // Without NO_ATEXIT, exit() frees the library's tables under event loops that still run.
    return OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
}

// Contexts

static const uint64_t COpenSSL_options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

static inline void COpenSSL_CTX_set_defaults(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, COpenSSL_options);
    // The chain is what the file holds: without NO_AUTO_CHAIN a certificate alone is looked up anew in each handshake.
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

static inline int COpenSSL_CTX_set_protocols(SSL_CTX *ctx, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(ctx, lowest) == 1 && SSL_CTX_set_max_proto_version(ctx, highest) == 1;
}

static inline int COpenSSL_CTX_set_groups(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_groups_list(ctx, list);
}

static inline int COpenSSL_CTX_set_signature_algorithms(SSL_CTX *ctx, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(ctx, list);
}

static inline int COpenSSL_CTX_add_chain_certificate(SSL_CTX *ctx, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(ctx, certificate);
}

static inline void COpenSSL_CTX_set_server_name_callback(SSL_CTX *ctx, int (*callback)(SSL *, int *, void *)) {
    SSL_CTX_set_tlsext_servername_callback(ctx, callback);
}

static inline void COpenSSL_CTX_set_max_certificate_list(SSL_CTX *ctx, long bytes) {
    SSL_CTX_set_max_cert_list(ctx, bytes);
}

// Sessions

static inline int COpenSSL_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline int COpenSSL_has_extended_master_secret(SSL *ssl) {
    return SSL_get_extms_support(ssl) == 1;
}

static inline X509 *COpenSSL_peer_certificate(const SSL *ssl) {
    return SSL_get0_peer_certificate(ssl);
}

/// The number of certificates the peer sent. Towards a client its own certificate is one of them, towards a server not.
static inline int COpenSSL_peer_chain_count(const SSL *ssl) {
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    return chain == NULL ? 0 : sk_X509_num(chain);
}

static inline X509 *COpenSSL_peer_chain_certificate(const SSL *ssl, int index) {
    return sk_X509_value(SSL_get_peer_cert_chain(ssl), index);
}

/// The session whose peer's certificate a verification is about.
static inline SSL *COpenSSL_verified_session(X509_STORE_CTX *ctx) {
    return (SSL *)X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
}

static inline void COpenSSL_CTX_set_no_tickets(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
}

// BIO

static inline void COpenSSL_BIO_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void COpenSSL_BIO_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

// Errors

static inline int COpenSSL_error_is_no_pem_start(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

// Hashes

/// HMAC (RFC 2104) with a hash that was fetched once: OpenSSL's own fetches the construction and the hash for each, which
/// takes three times as long for a short message. 1 on success.
static inline int COpenSSL_hmac(
    const EVP_MD *md, const void *key, size_t key_length, const void *message, size_t message_length, unsigned char *output) {
    unsigned char pad[EVP_MAX_MD_SIZE * 3];
    const size_t block = (size_t)EVP_MD_get_block_size(md), size = (size_t)EVP_MD_get_size(md);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL && block >= size && block <= sizeof pad;
    memset(pad, 0, sizeof pad);
    if (done && key_length > block) {
        done = EVP_Digest(key, key_length, pad, NULL, md, NULL);
    } else if (done && key_length > 0) {
        memcpy(pad, key, key_length);
    }
    for (size_t index = 0; done && index < block; index++) pad[index] ^= 0x36;
    done = done && EVP_DigestInit_ex2(context, md, NULL) && EVP_DigestUpdate(context, pad, block)
        && EVP_DigestUpdate(context, message, message_length) && EVP_DigestFinal_ex(context, output, NULL);
    for (size_t index = 0; done && index < block; index++) pad[index] ^= 0x36 ^ 0x5c;
    done = done && EVP_DigestInit_ex2(context, md, NULL) && EVP_DigestUpdate(context, pad, block)
        && EVP_DigestUpdate(context, output, size) && EVP_DigestFinal_ex(context, output, NULL);
    EVP_MD_CTX_free(context);
    OPENSSL_cleanse(pad, sizeof pad);
    return done;
}

// Random

/// Bytes of the kernel's generator, up to 256; 1 on success. For a few of them it costs less than half of OpenSSL's, which
/// asks the kernel for the number of the process each time.
static inline int COpenSSL_kernel_random(void *bytes, size_t count) {
    return count <= 256 && getrandom(bytes, count, 0) == (ssize_t)count;
}

// Certificates

/// Seconds from 1970-01-01T00:00:00Z to the given time; 0 on success, -1 if the time cannot be read.
static inline int COpenSSL_seconds_since_epoch(const ASN1_TIME *time, int64_t *seconds) {
    int days = 0, rest = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    if (epoch == NULL) return -1;
    int ok = time != NULL && ASN1_TIME_diff(&days, &rest, epoch, time);
    ASN1_TIME_free(epoch);
    if (!ok) return -1;
    *seconds = (int64_t)days * 86400 + rest;
    return 0;
}

/// The alternative names of a certificate (RFC 5280 §4.2.1.6), or NULL; free with COpenSSL_names_free.
static inline GENERAL_NAMES *COpenSSL_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int COpenSSL_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }

/// The bytes of the dNSName at `index`, or NULL if that name is of another kind.
static inline const unsigned char *COpenSSL_names_dns(const GENERAL_NAMES *names, int index, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || name->type != GEN_DNS) return NULL;
    *length = ASN1_STRING_length(name->d.dNSName);
    return ASN1_STRING_get0_data(name->d.dNSName);
}

/// The bytes of the id-on-xmppAddr (RFC 6120 §13.7.1.4) at `index`, or NULL if that name is of another kind.
static inline const unsigned char *COpenSSL_names_xmpp(const GENERAL_NAMES *names, int index, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || name->type != GEN_OTHERNAME) return NULL;
    const OTHERNAME *other = name->d.otherName;
    if (other == NULL || other->value == NULL || other->value->type != V_ASN1_UTF8STRING) return NULL;
    // 1.3.6.1.5.5.7.8.5
    static const unsigned char oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x05};
    if (OBJ_length(other->type_id) != sizeof(oid) || memcmp(OBJ_get0_data(other->type_id), oid, sizeof(oid)) != 0)
        return NULL;
    *length = ASN1_STRING_length(other->value->value.utf8string);
    return ASN1_STRING_get0_data(other->value->value.utf8string);
}

/// The bytes of the id-on-dnsSRV (RFC 4985 §2) at `index`, or NULL if that name is of another kind.
static inline const unsigned char *COpenSSL_names_service(const GENERAL_NAMES *names, int index, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || name->type != GEN_OTHERNAME) return NULL;
    const OTHERNAME *other = name->d.otherName;
    if (other == NULL || other->value == NULL || other->value->type != V_ASN1_IA5STRING) return NULL;
    // 1.3.6.1.5.5.7.8.7
    static const unsigned char oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x07};
    if (OBJ_length(other->type_id) != sizeof(oid) || memcmp(OBJ_get0_data(other->type_id), oid, sizeof(oid)) != 0)
        return NULL;
    *length = ASN1_STRING_length(other->value->value.ia5string);
    return ASN1_STRING_get0_data(other->value->value.ia5string);
}

static inline void COpenSSL_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

/// The least strength in verifications, as in sessions: 112 bits, so RSA of 2048 bits (SSL_CTX_set_security_level(3)).
static const int COpenSSL_security_level = 2;

/// Verifies `leaf` up to a certificate of `store` at the time `now`; `others` are what the peer sent beside it. Any
/// certificate of the store ends the chain if `is_partial`. 1 if it is valid or `callback` lets every fault pass; `data`
/// is for the callback, with COpenSSL_verification_data.
static inline int COpenSSL_verify(
    X509_STORE *store, X509 *leaf, X509 *const *others, int count, int64_t now, int is_partial,
    int (*callback)(int, X509_STORE_CTX *), void *data) {
    int result = -1;
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int ready = untrusted != NULL && ctx != NULL;
    for (int index = 0; ready && index < count; index++) ready = sk_X509_push(untrusted, others[index]) > 0;
    if (ready && X509_STORE_CTX_init(ctx, store, leaf, untrusted) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_time(parameters, (time_t)now);
        X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
        X509_VERIFY_PARAM_set_auth_level(parameters, COpenSSL_security_level);
        if (is_partial) X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
        X509_STORE_CTX_set_app_data(ctx, data);
        X509_STORE_CTX_set_verify_cb(ctx, callback);
        result = X509_verify_cert(ctx);
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(untrusted);
    return result;
}

static inline void *COpenSSL_verification_data(X509_STORE_CTX *ctx) { return X509_STORE_CTX_get_app_data(ctx); }
