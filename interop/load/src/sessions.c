//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Scenarios about coming and going: register, login, storm, idle, restart. */
#define _GNU_SOURCE
#include "run.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---------------------------------------------------------------- register */
static int reg_next, reg_ok, reg_bad;
static void reg_take(struct conn *c) {
    if (reg_next < O.users) c->reg_next = (uint32_t)(O.first + reg_next++);
    else c->reg_next = UINT32_MAX;
}
static void reg_result(struct conn *c, bool ok) {
    if (ok) reg_ok++;
    else reg_bad++;
    c->a++;
    reg_take(c);
    if (c->reg_next == UINT32_MAX || (int)c->a >= O.per_conn) conn_close(c, true, "next");
}
static void reg_closed(struct conn *c, bool was, const char *why) {
    (void)was;
    c->a = 0;
    if (strcmp(why, "next")) { if (drops++ < 5) fprintf(stderr, "register %u: %s\n", c->reg_next, why); }
    if (drops > 1000) return;
    if (c->reg_next != UINT32_MAX) conn_open(c);
}
static bool reg_done(void) { return reg_ok + reg_bad >= O.users; }
void sc_register(void) {
    make_users(O.conc < O.users ? O.conc : O.users);
    H.registered = reg_result, H.closed = reg_closed;
    struct win w;
    win_begin(&w);
    for (int i = 0; i < N; i++) reg_take(&C[i]), conn_open(&C[i]);
    until(reg_done, O.timeout);
    win_end(&w);
    json("\"users\":%d,\"registered\":%d,\"refused\":%d,\"per_s\":%.1f", O.users, reg_ok, reg_bad, reg_ok / w_wall);
}

/* ---------------------------------------------------------------- login / storm / idle */
static void login_json(void) {
    char b[256];
    lat_json(b, sizeof b);
    json("\"users\":%d,\"conc\":%d,\"online\":%d,\"failed\":%d,\"retries\":%d,\"per_s\":%.1f,\"cpu_ms_per_login\":%.3f,"
            "\"resumed\":%d,\"turns\":%.2f,%s", N, O.conc, L.done, L.failed, L.retries, L.done / w_wall, 1000 * w_srv / (L.done ? L.done : 1),
         L.resumed, (double)L.turns / (L.done ? L.done : 1), b);
}
void sc_login(void) {
    make_users(O.users);
    if (O.fast) {                         /* the first log-in, with the password, gets the tokens */
        login_all(N);
        logout_all(true);
        quiesce(60);
    }
    for (int r = 0; r < O.runs; r++) {
        struct win w;
        drops = 0;
        win_begin(&w);
        login_start(N);
        until(login_done, O.timeout);
        win_end(&w);
        login_json();
        logout_all(true);
        quiesce(60);
    }
}
void sc_storm(void) {
    make_users(O.users);
    login_all(N);
    for (int r = 0; r < O.runs; r++) {
        quiesce(60);
        drops = 0;
        logout_all(false);                /* the sockets just go away, all at once */
        struct win w;
        win_begin(&w);
        login_start(N);
        until(login_done, O.timeout);
        win_end(&w);
        login_json();
    }
    logout_all(true);
}
void sc_idle(void) {
    struct use m0, m1, m2;
    make_users(O.users);
    quiesce(20);
    servers_use(&m0, true);
    login_all(N);
    quiesce(30);
    until(NULL, 2);
    servers_use(&m1, true);
    struct win w;
    win_begin(&w);
    until(NULL, O.hold);
    win_end(&w);
    servers_use(&m2, true);
    json("\"users\":%d,\"online\":%d,\"rss_before\":%llu,\"rss_after\":%llu,\"rss_after_hold\":%llu,"
             "\"rss_per_conn\":%.0f,\"pss_per_conn\":%.0f,\"rss_per_conn_hold\":%.0f,\"pss_per_conn_hold\":%.0f,\"hold_s\":%.0f",
         N, L.done, (unsigned long long)m0.rss, (unsigned long long)m1.rss, (unsigned long long)m2.rss,
         ((double)m1.rss - (double)m0.rss) / N, ((double)m1.pss - (double)m0.pss) / N, ((double)m2.rss - (double)m0.rss) / N,
         ((double)m2.pss - (double)m0.pss) / N, O.hold);
    logout_all(true);
}

/* The server goes away and comes back: whoever runs us is told "ready", stops the server, starts it again and writes
   the number of the new process to our standard input. Everybody comes back on their own, at once and again. */
static struct { uint64_t down, up; char line[32]; size_t n; bool known; } R;
static uint64_t *due;                     /* when each user tries next; 0: it is trying or online */
static uint64_t soon(uint64_t now) { return now + (100 + (uint64_t)rand() % 400) * MS; }
static void restart_closed(struct conn *c, bool was_online, const char *why) {
    uint64_t now = now_ns();
    (void)why;
    if (was_online && !R.down) R.down = now;
    if (was_online && c->t_start > R.down && R.down) drops++, L.done--;
    due[c - C] = soon(now);
}
static void restart_online(struct conn *c) {
    hist_add(&lat, now_ns() - (R.up ? R.up : R.down));
    L.done++, L.resumed += c->resumed, L.turns += c->turns;
}
static uint64_t restart_tick(uint64_t now) {
    uint64_t next = 0;
    for (int i = 0; i < N; i++) {
        if (!R.up && C[i].st > ST_TCP && R.down && C[i].t_start > R.down) R.up = now;
        if (!due[i]) continue;
        if (due[i] <= now) due[i] = 0, conn_open(&C[i]);
        else if (!next || due[i] < next) next = due[i];
    }
    for (char ch; !R.known && read(0, &ch, 1) == 1;) {
        if (ch == '\n') O.server_pid = atoi(R.line), R.known = true;
        else if (R.n < sizeof R.line - 1) R.line[R.n++] = ch;
    }
    return next;
}
static bool restarted(void) { return R.known && R.down && L.done >= N; }
void sc_restart(void) {
    char b[256];
    struct win w;
    struct use u;
    make_users(O.users);
    login_all(N);
    quiesce(60);
    due = calloc((size_t)N, sizeof *due);
    memset(&L, 0, sizeof L);
    hist_reset(&lat);
    fcntl(0, F_SETFL, O_NONBLOCK);
    H.online = restart_online, H.closed = restart_closed, H.tick = restart_tick;
    win_begin(&w);
    printf("ready\n");
    fflush(stdout);
    bool ok = until(restarted, O.timeout);
    uint64_t end = now_ns();
    w.srv = 0;                            /* the new process has begun at nothing */
    win_end(&w);
    servers_use(&u, false);
    lat_json(b, sizeof b);
    json("\"users\":%d,\"online\":%d,\"failed\":%d,\"resumed\":%d,\"turns\":%.2f,\"outage_s\":%.3f,\"all_back_s\":%.3f,\"cpu_s_since_start\":%.3f,%s", N,
         L.done, ok ? 0 : N - L.done, L.resumed, (double)L.turns / (L.done ? L.done : 1), (double)(end - R.down) / 1e9,
         (double)(end - (R.up ? R.up : end)) / 1e9, u.cpu, b);
    H.tick = NULL;
    logout_all(true);
}
