//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* SASL: SCRAM-SHA-1 with its cache of salted passwords, and the hashed tokens of FAST (HT-SHA-256). */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include "xmppload.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

struct scram_ent { char salt[64]; int iter; unsigned char salted[20]; };
static struct scram_ent *cache;
static int cache_n;
static bool cache_changed;

static struct scram_ent *cache_at(int idx) {
    if (idx >= cache_n) {
        int n = idx + 1024;
        cache = realloc(cache, (size_t)n * sizeof *cache);
        memset(cache + cache_n, 0, (size_t)(n - cache_n) * sizeof *cache);
        cache_n = n;
    }
    return &cache[idx];
}
void scram_cache_load(void) {
    FILE *f = O.cache ? fopen(O.cache, "r") : NULL;
    int idx, iter;
    char salt[64], hex[41];
    while (f && fscanf(f, "%d %63s %d %40s", &idx, salt, &iter, hex) == 4) {
        struct scram_ent *e = cache_at(idx);
        strcpy(e->salt, salt);
        e->iter = iter;
        for (int i = 0; i < 20; i++) sscanf(hex + 2 * i, "%2hhx", &e->salted[i]);
    }
    if (f) fclose(f);
}
void scram_cache_save(void) {
    if (!O.cache || !cache_changed) return;
    FILE *f = fopen(O.cache, "w");
    for (int i = 0; f && i < cache_n; i++)
        if (cache[i].iter) {
            fprintf(f, "%d %s %d ", i, cache[i].salt, cache[i].iter);
            for (int k = 0; k < 20; k++) fprintf(f, "%02x", cache[i].salted[k]);
            fputc('\n', f);
        }
    if (f) fclose(f);
}
struct hm { SHA_CTX i, o; };
static void hm_key(struct hm *h, const void *key, size_t n) {
    unsigned char k[64] = {0}, p[64];
    memcpy(k, key, n);                        /* keys here are <= 64 bytes */
    for (int i = 0; i < 64; i++) p[i] = k[i] ^ 0x36;
    SHA1_Init(&h->i), SHA1_Update(&h->i, p, 64);
    for (int i = 0; i < 64; i++) p[i] = k[i] ^ 0x5c;
    SHA1_Init(&h->o), SHA1_Update(&h->o, p, 64);
}
static void hm_do(const struct hm *h, const void *m, size_t n, unsigned char out[20]) {
    SHA_CTX c = h->i;
    SHA1_Update(&c, m, n), SHA1_Final(out, &c);
    c = h->o;
    SHA1_Update(&c, out, 20), SHA1_Final(out, &c);
}
static void hmac1(const void *k, size_t kn, const void *m, size_t n, unsigned char out[20]) {
    struct hm h;
    hm_key(&h, k, kn), hm_do(&h, m, n, out);
}
static void pbkdf2(const char *pw, const unsigned char *salt, size_t sn, int iter, unsigned char out[20]) {
    struct hm h;
    unsigned char u[20], s[260];
    hm_key(&h, pw, strlen(pw));
    memcpy(s, salt, sn), memcpy(s + sn, "\0\0\0\1", 4);
    hm_do(&h, s, sn + 4, u);
    memcpy(out, u, 20);
    for (int i = 1; i < iter; i++) {
        hm_do(&h, u, 20, u);
        for (int k = 0; k < 20; k++) out[k] ^= u[k];
    }
}
int unb64(const char *s, size_t n, unsigned char *out, size_t cap) {
    if (n / 4 * 3 + 3 > cap || n % 4) return -1;
    int r = EVP_DecodeBlock(out, (const unsigned char *)s, (int)n);
    if (r < 0) return -1;
    for (size_t i = n; i > 0 && s[i - 1] == '='; i--) r--;
    return r;
}

/* the base64 of the first message */
void scram_first(struct conn *c, char *b64) {
    char m[512];
    unsigned char r[12];
    RAND_bytes(r, sizeof r);
    for (int i = 0; i < 12; i++) sprintf(c->cnonce + 2 * i, "%02x", r[i]);
    int n = snprintf(m, sizeof m, "n,,n=%s%d,r=%s", O.prefix, c->idx, c->cnonce);
    EVP_EncodeBlock((unsigned char *)b64, (unsigned char *)m, n);
}
/* the base64 of the answer to a challenge, which is base64 too */
bool scram_final(struct conn *c, const char *challenge, size_t n, char *b64) {
    unsigned char sf[1024], salt[128], ck[20], sk[20], sig[20], proof[20];
    char am[2048], fin[512];
    int k = unb64(challenge, n, sf, sizeof sf - 1);
    if (k < 0) return false;
    sf[k] = 0;
    char *r = strstr((char *)sf, "r="), *sa = strstr((char *)sf, ",s="), *it = strstr((char *)sf, ",i=");
    if (!r || !sa || !it || strncmp(r + 2, c->cnonce, 24)) return false;
    int iter = atoi(it + 3), salt_len = (int)(it - sa - 3);
    struct scram_ent *e = cache_at(c->idx);
    if (salt_len < 0 || salt_len > 63) return false;
    if (e->iter != iter || strncmp(e->salt, sa + 3, (size_t)salt_len) || e->salt[salt_len]) {
        int sn = unb64(sa + 3, (size_t)salt_len, salt, sizeof salt);
        if (sn < 0) return false;
        pbkdf2(O.password, salt, (size_t)sn, iter, e->salted);
        memcpy(e->salt, sa + 3, (size_t)salt_len), e->salt[salt_len] = 0, e->iter = iter;
        cache_changed = true;
    }
    /* XEP-0474 and others may add attributes: the proof covers the whole message */
    int fn = snprintf(fin, sizeof fin, "c=biws,%.*s", (int)(sa - r), r);
    int an = snprintf(am, sizeof am, "n=%s%d,r=%s,%s,%s", O.prefix, c->idx, c->cnonce, (char *)sf, fin);
    hmac1(e->salted, 20, "Client Key", 10, ck);
    SHA1(ck, 20, sk);
    hmac1(sk, 20, am, (size_t)an, sig);
    for (int i = 0; i < 20; i++) proof[i] = ck[i] ^ sig[i];
    fn += snprintf(fin + fn, sizeof fin - (size_t)fn, ",p=");
    fn += EVP_EncodeBlock((unsigned char *)fin + fn, proof, 20);
    EVP_EncodeBlock((unsigned char *)b64, (unsigned char *)fin, fn);
    hmac1(e->salted, 20, "Server Key", 10, ck);
    hmac1(ck, 20, am, (size_t)an, sig);
    free(c->srvsig);
    c->srvsig = malloc(64);
    memcpy(c->srvsig, "v=", 2);
    c->srvsig_len = 2 + (size_t)EVP_EncodeBlock((unsigned char *)c->srvsig + 2, sig, 20);
    return true;
}

/* ------------------------------------------------------------ FAST */
static void token_hmac(struct conn *c, const char *who, unsigned char out[32]) {
    unsigned char m[64];
    size_t n = strlen(who);
    unsigned len = 32;
    memcpy(m, who, n);
    if (!strcmp(O.fast, "HT-SHA-256-EXPR")) {    /* RFC 9266: tls-exporter */
        SSL_export_keying_material(c->ssl, m + n, 32, "EXPORTER-Channel-Binding", 24, NULL, 0, 0);
        n += 32;
    }
    HMAC(EVP_sha256(), c->token, (int)strlen(c->token), m, n, out, &len);
}
/* the base64 of the only message; what the server must answer is kept */
void token_first(struct conn *c, char *b64) {
    unsigned char m[128];
    int n = snprintf((char *)m, 64, "%s%d", O.prefix, c->idx) + 1;
    token_hmac(c, "Initiator", m + n);
    EVP_EncodeBlock((unsigned char *)b64, m, n + 32);
    free(c->srvsig);
    c->srvsig = malloc(32);
    c->srvsig_len = 32;
    token_hmac(c, "Responder", (unsigned char *)c->srvsig);
}
bool server_verified(struct conn *c, const char *b64, size_t n) {
    unsigned char v[256];
    int k = n ? unb64(b64, n, v, sizeof v) : 0;
    if (!c->srvsig) return true;                 /* PLAIN */
    return k >= 0 && (size_t)k == c->srvsig_len && !memcmp(v, c->srvsig, (size_t)k);
}
