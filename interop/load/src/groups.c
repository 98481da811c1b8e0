//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Scenarios about many: rooms, rosters, presence. */
#define _GNU_SOURCE
#include "run.h"
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- muc */
static char room[256];
static int joined, configured;
static uint64_t muc_presences;
static int nick_of(const char *from, size_t n) {
    const char *sl = memchr(from, '/', n);
    return sl ? jid_user(sl + 1, n - (size_t)(sl + 1 - from)) : -1;
}
static void muc_join(struct conn *c) {
    conn_printf(c, "<presence to='%s/%s%d'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", room, O.prefix, c->idx);
}
static void muc_join_next(void) {
    while (L.inflight < O.conc && L.next < N) L.inflight++, muc_join(&C[L.next++]);
}
static void muc_presence(struct conn *c, const char *s, size_t n) {
    size_t k;
    const char *from = attr(s, n, "from", &k);
    muc_presences++;
    if (is_error(s, n) || !from || c->b || nick_of(from, k) != c->idx) return;
    c->b = 1, joined++;                       /* self-presence: joined */
    if (joined == 1) conn_printf(c, "<iq type='set' id='cfg' to='%s'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                                    "<x xmlns='jabber:x:data' type='submit'/></query></iq>", room);
    if (configured) L.inflight--, muc_join_next();
}
static void muc_iq(struct conn *c, const char *s, size_t n) {
    size_t k;
    const char *id = attr(s, n, "id", &k);
    (void)c;
    if (id && k == 3 && !memcmp(id, "cfg", 3)) configured = 1;
}
static void muc_send(struct conn *c) {
    sent++, c->sent++;
    conn_printf(c, "<message type='groupchat' to='%s' id='L%x-%llx'><body>%s</body></message>", room, (unsigned)c->idx,
                (unsigned long long)now_ns(), pad);
}
static void muc_message(struct conn *c, const char *s, size_t n) {
    int who;
    uint64_t t;
    (void)c;
    if (is_error(s, n)) return;
    if (!mark_of_message(s, n, &who, &t)) { extra++; return; }
    struct conn *from = by_idx(who);
    if (!from) return;
    account(t);
    if (++from->got % (uint64_t)N == 0) extra += 0;
    if (from->a && from->got + (uint64_t)(O.window - 1) * (uint64_t)N >= from->sent * (uint64_t)N) muc_send(from);
}
static bool muc_configured(void) { return configured; }
static bool muc_joined(void) { return joined >= N; }
void sc_muc(void) {
    make_users(O.users);
    snprintf(room, sizeof room, "r%d-%llx@%s", N, (unsigned long long)now_ns() & 0xffffff, O.muc);
    login_all(N);
    quiesce(60);
    H.presence = muc_presence, H.iq = muc_iq, H.message = muc_message;
    struct win w;
    muc_join(&C[0]);
    if (!until(muc_configured, 10)) { fprintf(stderr, "room was not created\n"); exit(1); }
    win_begin(&w);
    memset(&L, 0, sizeof L);
    L.next = 1;
    muc_join_next();
    bool ok = until(muc_joined, O.timeout);
    win_end(&w);
    O.scenario = "muc_join";
    json("\"occupants\":%d,\"joined\":%d,\"presences\":%llu,\"presences_per_s\":%.1f,\"cpu_s_per_10k\":%.4f", N, joined,
         (unsigned long long)muc_presences, (double)muc_presences / w_wall, w_srv / (double)muc_presences * 1e4);
    O.scenario = "muc";
    if (!ok) exit(1);
    for (int r = 0; r < O.runs; r++) {
        char b[256];
        quiesce(60);
        for (int i = 0; i < O.senders; i++) {
            C[i].a = 1, C[i].sent = C[i].got = 0;
            for (int k = 0; k < O.window; k++) muc_send(&C[i]);
        }
        measure(&w);
        for (int i = 0; i < O.senders; i++) C[i].a = 0;
        lat_json(b, sizeof b);
        json("\"occupants\":%d,\"senders\":%d,\"window\":%d,\"sent\":%llu,\"delivered\":%llu,\"per_s\":%.1f,\"cpu_s_per_10k\":%.4f,%s",
             N, O.senders, O.window, (unsigned long long)sent, (unsigned long long)delivered, (double)delivered / w_wall,
             delivered ? w_srv / (double)delivered * 1e4 : 0, b);
    }
    logout_all(false);
}

/* ---------------------------------------------------------------- rosters and presence */
static int roster_done;
static struct conn *ring(struct conn *c, int k) { return &C[((int)(c - C) + k + N) % N]; }
static void sub_next(struct conn *c) {        /* c->a: how many of the B/2 forward neighbours are done */
    if ((int)c->a >= O.contacts / 2) { roster_done++; return; }
    conn_printf(c, "<presence to='%s%d@%s' type='subscribe'/>", O.prefix, ring(c, (int)c->a + 1)->idx, O.domain);
}
static void roster_presence(struct conn *c, const char *s, size_t n) {
    size_t k, tn;
    const char *from = attr(s, n, "from", &k), *ty = attr(s, n, "type", &tn);
    int who = from ? jid_user(from, k) : -1;
    if (!ty || who < 0) return;
    if (tn == 9 && !memcmp(ty, "subscribe", 9)) {
        conn_printf(c, "<presence to='%s%d@%s' type='subscribed'/>", O.prefix, who, O.domain);
        struct conn *f = by_idx(who);
        int d = f ? (int)(c - f) : 0;
        if (d < 0) d += N;
        if (d <= O.contacts / 2)              /* the other one began: ask back */
            conn_printf(c, "<presence to='%s%d@%s' type='subscribe'/>", O.prefix, who, O.domain);
    } else if (tn == 10 && !memcmp(ty, "subscribed", 10)) {
        if (by_idx(who) == ring(c, (int)c->a + 1) && (int)c->a < O.contacts / 2) c->a++, sub_next(c);
    }
}
static uint64_t both_items;
static int rosters_seen;
static void roster_count(struct conn *c, const char *s, size_t n) {
    size_t k;
    const char *id = attr(s, n, "id", &k), *e = s + n;
    (void)c;
    if (!id || k != 2 || memcmp(id, "rv", 2)) return;
    rosters_seen++;
    for (const char *p = s; (p = memmem(p, (size_t)(e - p), "subscription=", 13)); p += 13) both_items += !memcmp(p + 14, "both", 4);
}
static bool roster_ready(void) { return roster_done >= N; }
static bool rosters_read(void) { return rosters_seen >= N; }
void sc_setup_roster(void) {
    make_users(O.users);
    login_all(N);
    H.presence = roster_presence;
    struct win w;
    win_begin(&w);
    for (int i = 0; i < N; i++) C[i].a = 0, sub_next(&C[i]);
    until(roster_ready, O.timeout);
    quiesce(30);
    win_end(&w);
    H.iq = roster_count;
    for (int i = 0; i < N; i++) conn_printf(&C[i], "<iq type='get' id='rv'><query xmlns='jabber:iq:roster'/></iq>");
    until(rosters_read, 60);
    json("\"users\":%d,\"contacts\":%d,\"users_done\":%d,\"both_items\":%llu,\"both_wanted\":%lld", N, O.contacts, roster_done,
         (unsigned long long)both_items, (long long)N * O.contacts);
    logout_all(true);
}
static void presence_send(struct conn *c) {
    sent++, c->sent++;
    conn_printf(c, "<presence><show>%s</show><status>L%x-%llx</status></presence>", c->sent & 1 ? "away" : "dnd", (unsigned)c->idx,
                (unsigned long long)now_ns());
}
static void presence_got(struct conn *c, const char *s, size_t n) {
    const char *m = memmem(s, n, "<status>", 8);
    int who;
    uint64_t t;
    if (is_error(s, n) || !m || !mark_parse(m + 8, n - (size_t)(m + 8 - s), &who, &t) || who == c->idx) { extra++; return; }
    struct conn *from = by_idx(who);
    if (!from) return;
    account(t);
    from->got++;
    if (from->a && from->got + (uint64_t)(O.window - 1) * (uint64_t)O.contacts >= from->sent * (uint64_t)O.contacts) presence_send(from);
}
void sc_presence(void) {
    make_users(O.users);
    login_all(N);
    H.presence = presence_got;
    int step = N / O.senders;
    for (int r = 0; r < O.runs; r++) {
        char b[256];
        struct win w;
        quiesce(60);
        for (int i = 0; i < O.senders; i++) {
            struct conn *c = &C[i * step];
            c->a = 1, c->sent = c->got = 0;
            for (int k = 0; k < O.window; k++) presence_send(c);
        }
        measure(&w);
        for (int i = 0; i < O.senders; i++) C[i * step].a = 0;
        lat_json(b, sizeof b);
        json("\"users\":%d,\"contacts\":%d,\"senders\":%d,\"window\":%d,\"updates\":%llu,\"delivered\":%llu,\"per_s\":%.1f,\"cpu_s_per_10k\":%.4f,%s",
             N, O.contacts, O.senders, O.window, (unsigned long long)sent, (unsigned long long)delivered, (double)delivered / w_wall,
             delivered ? w_srv / (double)delivered * 1e4 : 0, b);
    }
    logout_all(true);
}

