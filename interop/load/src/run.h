//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* What scenarios share: their users, counters, log-ins and results. */
#ifndef RUN_H
#define RUN_H
#include "xmppload.h"
#define MS 1000000ull
#define SEC 1000000000ull

extern struct conn *C;               /* the users of this scenario, C[i].idx = O.first + i */
extern int N;
extern struct hist lat;
extern bool measuring;
extern uint64_t delivered, sent, errors, drops, extra;
extern char pad[8192];
extern struct logins { int next, inflight, done, failed, retries, limit, resumed; uint64_t turns; } L;
extern double w_wall, w_srv;         /* of the window that ended last */

struct conn *by_idx(int idx);
bool until(bool (*done)(void), double seconds);
void quiesce(double max);            /* reads until server and client have been quiet for half a second */
void win_end(const struct win *w);
void json(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void lat_json(char *b, size_t cap);
void measure(struct win *w);         /* warm-up, then one window */
/* marks: "L<sender>-<ns>" in hex, in the id of messages or in the status of presences */
bool mark_parse(const char *s, size_t n, int *who, uint64_t *t);
bool mark_of_message(const char *s, size_t n, int *who, uint64_t *t);
void account(uint64_t t0);
bool is_error(const char *s, size_t n);
void make_users(int n);
void login_all(int limit);
void login_start(int limit);
bool login_done(void);
void logout_all(bool polite);

void sc_register(void), sc_login(void), sc_storm(void), sc_idle(void), sc_restart(void);
void sc_chat(void), sc_mam(void);
void sc_muc(void), sc_setup_roster(void), sc_presence(void);
#endif
