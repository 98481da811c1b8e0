//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* xmppload: a small XMPP load generator. See ../README.md */
#ifndef XMPPLOAD_H
#define XMPPLOAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/ssl.h>

/* ---------- options (set once in main) ---------- */
enum tls_mode { TLS_STARTTLS, TLS_DIRECT, TLS_NONE };
struct opts {
    const char *scenario, *host, *domain, *host2, *domain2, *muc, *prefix, *password, *mech, *label, *cache, *fast;
    int port, port2, server_pid, server_pid2, first, users, conc, pairs, window, senders, contacts, runs, src_n, seed, per_conn, size;
    double duration, warmup, rate, hold, timeout;
    enum tls_mode tls;
    bool sm, full, carbons, no_echo, no_roster, no_presence, resume, sasl2, pipeline;
};
extern struct opts O;

/* users with odd numbers are on the second server, if there is one */
#define SECOND(idx) (O.domain2 && ((idx) & 1))
#define DOMAIN_OF(idx) (SECOND(idx) ? O.domain2 : O.domain)

/* ---------- stats.c ---------- */
uint64_t now_ns(void);
#define HIST_N 4096
struct hist { uint64_t n, max; double sum; uint32_t b[HIST_N]; };
void hist_reset(struct hist *h);
void hist_add(struct hist *h, uint64_t ns);
double hist_ms(const struct hist *h, double q);          /* quantile, in milliseconds */
struct use { double cpu; uint64_t rss, pss; int procs; };
void proc_use(int pid, struct use *u, bool mem);         /* sum over the process tree */
void servers_use(struct use *u, bool mem);               /* of the server, and of the second one if there is one */
struct win { uint64_t t0; double srv, second, gen, busy, steal; };   /* second: the part of the second server */
void win_begin(struct win *w);
void win_json(const struct win *w, double *wall, double *srv_cpu, char *buf, size_t cap);

/* ---------- conn.c ---------- */
enum state { ST_OFF, ST_TCP, ST_STREAM0, ST_PROCEED, ST_HANDSHAKE, ST_STREAM1, ST_AUTH, ST_AUTH2,
             ST_STREAM2, ST_RESUME, ST_BIND, ST_SESSION, ST_REG, ST_FINISH, ST_ONLINE };
struct conn {
    int fd, idx;                     /* idx: user number (prefix + idx) */
    uint8_t st;
    bool tls_on, pollout, dirty, opened, got_roster, got_echo, sm_on, resumed, heard;
    SSL *ssl;
    char *in, *out, *jid;
    uint32_t in_len, in_cap, out_len, out_off, out_cap, sm_h;
    uint64_t t_start;
    char cnonce[25], *srvsig;        /* what the server must prove at the end */
    size_t srvsig_len;
    char *sm_id, *token;             /* a session that can be resumed, a FAST token: both outlive the connection */
    uint32_t token_uses, turns;      /* turns: how often this side spoke after it had listened, TLS apart */
    int tries;
    uint32_t gen;                    /* bumped at every close: is this still the same connection? */
    /* scenario counters */
    uint64_t sent, got;
    uint32_t a, b, reg_next;
};
struct hooks {                       /* what a scenario listens to */
    void (*online)(struct conn *);
    void (*closed)(struct conn *, bool was_online, const char *why);
    void (*message)(struct conn *, const char *s, size_t n);
    void (*presence)(struct conn *, const char *s, size_t n);
    void (*iq)(struct conn *, const char *s, size_t n);
    void (*registered)(struct conn *, bool ok);
    uint64_t (*tick)(uint64_t now); /* returns the time of the next wanted tick, 0 = none */
};
extern struct hooks H;
extern char tls_desc[128];
void net_init(void);
void conn_open(struct conn *c);
void conn_close(struct conn *c, bool polite, const char *why);
void conn_printf(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conn_put(struct conn *c, const char *s, size_t n);
void net_poll(uint64_t until);       /* one round of epoll; returns by `until` at the latest */
void conn_flush(struct conn *c);
void stream_open(struct conn *c, enum state st);
void tls_start(struct conn *c);

/* ---------- scram.c ---------- */
void scram_cache_load(void);
void scram_cache_save(void);
int unb64(const char *s, size_t n, unsigned char *out, size_t cap);
void scram_first(struct conn *c, char *b64);
bool scram_final(struct conn *c, const char *challenge, size_t n, char *b64);
void token_first(struct conn *c, char *b64);
bool server_verified(struct conn *c, const char *b64, size_t n);

/* ---------- login.c ---------- */
extern uint64_t rx_stanzas;
void on_stanza(struct conn *c, const char *s, size_t n);
void sasl2_start(struct conn *c);

/* ---------- elements ---------- */
/* attribute of the first tag of the stanza; NULL if absent */
const char *attr(const char *s, size_t n, const char *name, size_t *len);
bool attr_is(const char *s, size_t n, const char *name, const char *v);
int jid_user(const char *j, size_t n);   /* "u12@..." -> 12, else -1 */
static inline bool has(const char *s, size_t n, const char *needle, size_t m);
#include <string.h>
static inline bool has(const char *s, size_t n, const char *needle, size_t m) { return memmem(s, n, needle, m) != NULL; }
#define HAS(s, n, lit) has((s), (n), (lit), sizeof(lit) - 1)
#define STARTS(s, n, lit) ((n) >= sizeof(lit) - 1 && !memcmp((s), (lit), sizeof(lit) - 1))
#endif
