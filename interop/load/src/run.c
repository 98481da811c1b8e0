//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Users, log-ins, counters, results. Every scenario prints one JSON line per measured run. */
#define _GNU_SOURCE
#include "run.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct conn *C;
int N;
struct hist lat;
bool measuring;
uint64_t delivered, sent, errors, drops, extra;
char pad[8192];

/* ---------------------------------------------------------------- helpers */
struct conn *by_idx(int idx) { return idx >= O.first && idx < O.first + N ? &C[idx - O.first] : NULL; }
bool until(bool (*done)(void), double seconds) {
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), t;
    while ((t = now_ns()) < end) {
        if (done && done()) return true;
        net_poll(t + 50 * MS < end ? t + 50 * MS : end);
    }
    return done ? done() : true;
}
void quiesce(double max) {
    uint64_t end = now_ns() + (uint64_t)(max * 1e9);
    struct use a, b;
    for (int quiet = 0; quiet < 2 && now_ns() < end;) {
        uint64_t rx = rx_stanzas;
        servers_use(&a, false);
        until(NULL, 0.3);
        servers_use(&b, false);
        quiet = rx_stanzas - rx < 20 && b.cpu - a.cpu < 0.045 ? quiet + 1 : 0;
    }
}
double w_wall, w_srv;
static char w_txt[512];
void win_end(const struct win *w) { win_json(w, &w_wall, &w_srv, w_txt, sizeof w_txt); }
void json(const char *fmt, ...) {
    printf("{\"scenario\":\"%s\",\"label\":\"%s\",\"tls\":\"%s\",", O.scenario, O.label, O.tls == TLS_NONE ? "none" : tls_desc);
    va_list ap;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf(",%s,\"drops\":%llu,\"errors\":%llu}\n", w_txt, (unsigned long long)drops, (unsigned long long)errors);
    fflush(stdout);
}
void lat_json(char *b, size_t cap) {
    snprintf(b, cap, "\"lat_ms\":{\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f,\"n\":%llu}",
             hist_ms(&lat, .5), hist_ms(&lat, .95), hist_ms(&lat, .99), hist_ms(&lat, .999), (double)lat.max / 1e6,
             (unsigned long long)lat.n);
}
bool mark_parse(const char *s, size_t n, int *who, uint64_t *t) {
    uint64_t a = 0, b = 0;
    size_t i = 1;
    if (n < 4 || s[0] != 'L') return false;
    for (; i < n && s[i] != '-'; i++) a = a << 4 | (uint64_t)((s[i] & 15) + (s[i] > '9' ? 9 : 0));
    for (i++; i < n && s[i] != '<'; i++) b = b << 4 | (uint64_t)((s[i] & 15) + (s[i] > '9' ? 9 : 0));
    *who = (int)a, *t = b;
    return true;
}
bool mark_of_message(const char *s, size_t n, int *who, uint64_t *t) {
    size_t k;
    const char *id = attr(s, n, "id", &k);
    return id && mark_parse(id, k, who, t);
}
void account(uint64_t t0) {
    delivered++;
    if (measuring) hist_add(&lat, now_ns() - t0);
}
bool is_error(const char *s, size_t n) {
    size_t k;
    const char *t = attr(s, n, "type", &k);
    if (!t || !STARTS(t, k, "error")) return false;
    if (errors++ < 3) fprintf(stderr, "error stanza: %.*s\n", (int)(n > 600 ? 600 : n), s);
    return true;
}

void measure(struct win *w) {
    until(NULL, O.warmup);
    hist_reset(&lat);
    measuring = true, delivered = errors = extra = sent = 0;
    win_begin(w);
    until(NULL, O.duration);
    win_end(w);
    measuring = false;
}

/* ---------------------------------------------------------------- log-in */
struct logins L;
static void login_pump(void) {
    while (L.inflight < O.conc && L.next < L.limit) L.inflight++, conn_open(&C[L.next++]);
}
static void login_online(struct conn *c) {
    hist_add(&lat, now_ns() - c->t_start);
    L.resumed += c->resumed, L.turns += c->turns;
    L.done++, L.inflight--;
    login_pump();
}
static void login_closed(struct conn *c, bool was_online, const char *why) {
    if (was_online) { drops++; if (drops < 5) fprintf(stderr, "user %d dropped: %s\n", c->idx, why); return; }
    if (L.failed + L.retries < 5) fprintf(stderr, "user %d: login failed: %s\n", c->idx, why);
    if (c->tries++ < 5) { L.retries++; conn_open(c); return; }
    L.failed++, L.inflight--;
    login_pump();
}
static void count_drop(struct conn *c, bool was, const char *why) {
    if (was && drops++ < 5) fprintf(stderr, "user %d dropped: %s\n", c->idx, why);
}
bool login_done(void) { return L.done + L.failed >= L.limit; }
void login_start(int limit) {
    memset(&L, 0, sizeof L);
    L.limit = limit;
    for (int i = 0; i < limit; i++) C[i].tries = 0;
    hist_reset(&lat);
    H.online = login_online, H.closed = login_closed;
    login_pump();
}
void login_all(int limit) {
    login_start(limit);
    if (!until(login_done, O.timeout) || L.failed) {
        fprintf(stderr, "only %d of %d users online (%d failed)\n", L.done, limit, L.failed);
        exit(1);
    }
    H.online = NULL, H.closed = count_drop;
}
void logout_all(bool polite) {
    H.closed = NULL;
    for (int i = 0; i < N; i++) conn_close(&C[i], polite, "logout");
}
void make_users(int n) {
    N = n;
    C = calloc((size_t)n, sizeof *C);
    for (int i = 0; i < n; i++) C[i].fd = -1, C[i].idx = O.first + i;
}

