//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Scenarios about messages between two: chat, and reading the archive. */
#define _GNU_SOURCE
#include "run.h"
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- chat */
static void chat_send(struct conn *c, uint64_t t) {
    struct conn *to = &C[(c - C) ^ 1];
    sent++, c->sent++;
    if (O.full) conn_printf(c, "<message type='chat' to='%s' id='L%x-%llx'><body>%s</body></message>", to->jid, (unsigned)c->idx, (unsigned long long)t, pad);
    else conn_printf(c, "<message type='chat' to='%s%d@%s' id='L%x-%llx'><body>%s</body></message>", O.prefix, to->idx, DOMAIN_OF(to->idx),
                     (unsigned)c->idx, (unsigned long long)t, pad);
}
static void chat_message(struct conn *c, const char *s, size_t n) {
    int who;
    uint64_t t;
    if (is_error(s, n)) return;
    if (!mark_of_message(s, n, &who, &t)) { extra++; return; }
    struct conn *from = by_idx(who);
    if (!from || c == from) { extra++; return; }
    account(t);
    from->got++;
    if (O.rate <= 0 && from->sent - from->got < (uint64_t)O.window && from->a) chat_send(from, now_ns());
}
static struct { uint64_t t0, n; int pairs; } rate;
static uint64_t chat_tick(uint64_t now) {     /* open loop: message i is due at t0 + i/R, late or not */
    uint64_t due;
    while ((due = rate.t0 + (uint64_t)((double)rate.n * 1e9 / O.rate)) <= now) {
        chat_send(&C[2 * (rate.n % (uint64_t)rate.pairs)], due);
        rate.n++;
    }
    return due;
}
static bool chat_drained(void) { return delivered + errors >= sent; }
void sc_chat(void) {
    struct use m0, m1;
    make_users(2 * O.pairs > O.users ? 2 * O.pairs : O.users);
    servers_use(&m0, true);
    login_all(N);
    quiesce(30);
    servers_use(&m1, true);
    H.message = chat_message;
    for (int r = 0; r < O.runs; r++) {
        char b[256];
        struct win w;
        quiesce(60);
        delivered = sent = 0;
        for (int i = 0; i < 2 * O.pairs; i++) C[i].sent = C[i].got = 0, C[i].a = 1;
        if (O.rate > 0) {
            rate.t0 = now_ns(), rate.n = 0, rate.pairs = O.pairs;
            H.tick = chat_tick;
        } else
            for (int i = 0; i < 2 * O.pairs; i += 2)
                for (int k = 0; k < O.window; k++) chat_send(&C[i], now_ns());
        measure(&w);
        uint64_t d = delivered, s = sent;
        H.tick = NULL;
        for (int i = 0; i < 2 * O.pairs; i++) C[i].a = 0;
        lat_json(b, sizeof b);
        uint64_t all_s = 0, all_g = 0;
        for (int k = 0; k < 200; k++) {       /* drain: nothing may be lost */
            until(NULL, 0.1);
            all_s = all_g = 0;
            for (int i = 0; i < 2 * O.pairs; i++) all_s += C[i].sent, all_g += C[i].got;
            if (all_s == all_g) break;
        }
        json("\"online\":%d,\"pairs\":%d,\"window\":%d,\"rate\":%.0f,\"sent\":%llu,\"delivered\":%llu,\"per_s\":%.1f,"
                 "\"cpu_s_per_10k\":%.4f,\"rss_per_conn\":%.0f,\"lost\":%lld,%s", N, O.pairs, O.window, O.rate, (unsigned long long)s, (unsigned long long)d,
             (double)d / w_wall, d ? w_srv / (double)d * 1e4 : 0, ((double)m1.rss - (double)m0.rss) / N, (long long)(all_s - all_g), b);
    }
    (void)chat_drained;
    logout_all(true);
}

/* ---------------------------------------------------------------- mam */
static int mam_next;
static bool mam_on;
static uint64_t mam_msgs;
static void mam_query(struct conn *c) {
    sent++, c->t_start = now_ns(), c->b = 1;
    conn_printf(c, "<iq type='set' id='mq%llx'><query xmlns='urn:xmpp:mam:2' queryid='q'><set xmlns='http://jabber.org/protocol/rsm'>"
                   "<max>50</max><before/></set></query></iq>", (unsigned long long)sent);
}
static void mam_iq(struct conn *c, const char *s, size_t n) {
    size_t k;
    const char *id = attr(s, n, "id", &k);
    if (!id || k < 3 || memcmp(id, "mq", 2)) return;
    if (is_error(s, n)) return;
    if (!HAS(s, n, "<fin")) errors++;
    account(c->t_start);
    c->b = 0;
    for (int i = 0; mam_on && i < N; i++) {   /* the next user, in turn, that has no query under way */
        struct conn *d = &C[mam_next++ % N];
        if (!d->b) { mam_query(d); break; }
    }
}
static void mam_message(struct conn *c, const char *s, size_t n) {
    (void)c;
    if (HAS(s, n, "urn:xmpp:mam:2") && HAS(s, n, "<result")) mam_msgs++;
}
void sc_mam(void) {
    make_users(O.users);
    login_all(N);
    struct win w;
    char b[256];
    if (O.seed) {                             /* every user gets O.seed messages into the archive */
        H.message = chat_message;
        hist_reset(&lat);
        win_begin(&w);
        for (int i = 0; i < N; i += 2) C[i].sent = C[i].got = 0;
        delivered = sent = errors = 0;
        for (int k = 0; k < O.seed; k++) {
            for (int i = 0; i < N; i += 2) chat_send(&C[i], now_ns());
            until(chat_drained, 60);
        }
        quiesce(120);
        win_end(&w);
        O.scenario = "mam_seed";
        json("\"users\":%d,\"sent\":%llu,\"delivered\":%llu,\"per_s\":%.1f", N, (unsigned long long)sent, (unsigned long long)delivered,
             (double)delivered / w_wall);
        O.scenario = "mam";
    }
    H.message = mam_message, H.iq = mam_iq;
    for (int r = 0; r < O.runs; r++) {
        quiesce(60);
        mam_on = true, mam_next = O.conc;
        for (int i = 0; i < O.conc && i < N; i++) mam_query(&C[i]);
        until(NULL, O.warmup);
        hist_reset(&lat);
        measuring = true, delivered = errors = mam_msgs = 0;
        win_begin(&w);
        until(NULL, O.duration);
        win_end(&w);
        measuring = mam_on = false;
        lat_json(b, sizeof b);
        json("\"users\":%d,\"conc\":%d,\"queries\":%llu,\"per_s\":%.1f,\"messages_per_query\":%.1f,\"cpu_ms_per_query\":%.3f,%s", N, O.conc,
             (unsigned long long)delivered, (double)delivered / w_wall, delivered ? (double)mam_msgs / (double)delivered : 0,
             delivered ? 1000 * w_srv / (double)delivered : 0, b);
    }
    logout_all(true);
}

