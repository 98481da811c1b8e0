//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* From the features of a stream to a session that is online: SASL and bind as RFC 6120 has them, or SASL2 with Bind 2
   and FAST; stream management with resumption. */
#define _GNU_SOURCE
#include "xmppload.h"
#include <stdio.h>
#include <stdlib.h>

#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_SASL2 "urn:xmpp:sasl:2"
#define NS_SM "urn:xmpp:sm:3"
#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"

uint64_t rx_stanzas;

/* ------------------------------------------------------------ looking into elements */
static const char *text_of(const char *s, size_t n, size_t *len) {
    const char *g = memchr(s, '>', n), *e;
    if (!g || g[-1] == '/' || !(e = memchr(g, '<', n - (size_t)(g - s)))) return *len = 0, "";
    for (g++; g < e && *g <= ' '; g++) {}
    for (; e > g && e[-1] <= ' '; e--) {}
    *len = (size_t)(e - g);
    return g;
}
/* the descendant that starts with this, like "<token"; NULL if there is none */
static const char *inside(const char *s, size_t n, const char *start, size_t *left) {
    const char *f = memmem(s, n, start, strlen(start));
    if (f) *left = n - (size_t)(f - s);
    return f;
}
static char *copy(char *old, const char *s, size_t n) {
    free(old);
    return s ? strndup(s, n) : NULL;
}

/* ------------------------------------------------------------ online */
static void online(struct conn *c) {
    c->st = ST_ONLINE;
    if (H.online) H.online(c);
}
static void maybe_online(struct conn *c) {
    if (c->st == ST_FINISH && c->got_roster && c->got_echo) online(c);
}
static void finish_login(struct conn *c) {
    c->st = ST_FINISH;
    if (O.no_roster) c->got_roster = true;
    else conn_printf(c, "<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>");
    if (!O.no_presence) conn_printf(c, "<presence/>");
    if (O.no_presence || O.no_echo) c->got_echo = true;
    maybe_online(c);
}

/* ------------------------------------------------------------ stream management */
static void sm_enabled(struct conn *c, const char *s, size_t n) {
    size_t k;
    c->sm_on = true, c->sm_h = 0;
    const char *id = attr(s, n, "id", &k);
    c->sm_id = copy(c->sm_id, id, k);
}
static void sm_resumed(struct conn *c) {
    c->sm_on = c->resumed = true;
    online(c);
}
static void sm_lost(struct conn *c) { c->sm_id = copy(c->sm_id, NULL, 0); }
static void sm_enable(struct conn *c) {
    if (O.sm) conn_printf(c, O.resume ? "<enable xmlns='" NS_SM "' resume='true'/>" : "<enable xmlns='" NS_SM "'/>");
}
static void sm_resume(struct conn *c) { conn_printf(c, "<resume xmlns='" NS_SM "' previd='%s' h='%u'/>", c->sm_id, c->sm_h); }

/* ------------------------------------------------------------ RFC 6120 */
static void sasl_start(struct conn *c) {
    char b[1024];
    if (!strcmp(O.mech, "PLAIN")) {
        char m[512];
        int n = snprintf(m, sizeof m, "%c%s%d%c%s", 0, O.prefix, c->idx, 0, O.password);
        EVP_EncodeBlock((unsigned char *)b, (unsigned char *)m, n);
        c->st = ST_AUTH2;
    } else {
        scram_first(c, b);
        c->st = ST_AUTH;
    }
    conn_printf(c, "<auth xmlns='" NS_SASL "' mechanism='%s'>%s</auth>", O.mech, b);
}
static void bind_start(struct conn *c) {
    c->st = ST_BIND;
    conn_printf(c, "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>load</resource></bind></iq>");
}
static void bound(struct conn *c) {
    sm_enable(c);
    if (O.carbons) conn_printf(c, "<iq type='set' id='cc'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    finish_login(c);
}

/* ------------------------------------------------------------ SASL2, Bind 2, FAST */
void sasl2_start(struct conn *c) {
    char b[1024];
    bool token = O.fast && c->token;
    if (token) token_first(c, b);
    else scram_first(c, b);
    c->st = token ? ST_AUTH2 : ST_AUTH;
    conn_printf(c, "<authenticate xmlns='" NS_SASL2 "' mechanism='%s'><initial-response>%s</initial-response>"
                   "<user-agent id='d4565fa7-4d72-4749-b3d3-%012x'><software>xmppload</software></user-agent>",
                token ? O.fast : O.mech, b, (unsigned)c->idx);
    if (token) conn_printf(c, "<fast xmlns='urn:xmpp:fast:0' count='%u'/>", ++c->token_uses);
    else if (O.fast) conn_printf(c, "<request-token xmlns='urn:xmpp:fast:0' mechanism='%s'/>", O.fast);
    if (c->sm_id) sm_resume(c);
    conn_printf(c, "<bind xmlns='urn:xmpp:bind:0'><tag>load</tag>");
    sm_enable(c);
    if (O.carbons) conn_printf(c, "<enable xmlns='urn:xmpp:carbons:2'/>");
    conn_printf(c, "</bind></authenticate>");
}
static void sasl2_success(struct conn *c, const char *s, size_t n) {
    size_t left, k = 0;
    const char *data = inside(s, n, "<additional-data", &left), *d = data ? text_of(data, left, &k) : "";
    if (!server_verified(c, d, k)) { conn_close(c, false, "server signature wrong"); return; }
    const char *t = inside(s, n, "<token", &left);
    if (t && (d = attr(t, left, "token", &k))) c->token = copy(c->token, d, k), c->token_uses = 0;
    if (inside(s, n, "<resumed", &left)) { sm_resumed(c); return; }
    if (inside(s, n, "<failed", &left)) sm_lost(c);
    if (!inside(s, n, "<bound", &left)) { c->st = ST_STREAM2; return; }      /* the features come, without a new stream */
    const char *id = inside(s, n, "<authorization-identifier", &left);
    if (id && (d = text_of(id, left, &k))) c->jid = copy(c->jid, d, k);
    const char *e = inside(s, n, "<enabled", &left);
    if (e) sm_enabled(c, e, left);
    finish_login(c);
}

/* ------------------------------------------------------------ what comes */
static void reg_send(struct conn *c) {
    c->st = ST_REG;
    conn_printf(c, "<iq type='set' id='reg'><query xmlns='jabber:iq:register'><username>%s%u</username><password>%s</password></query></iq>",
                O.prefix, c->reg_next, O.password);
}
static void on_features(struct conn *c, const char *s, size_t n) {
    if (c->st == ST_STREAM0 && O.tls == TLS_STARTTLS) {
        if (!HAS(s, n, NS_TLS)) { conn_close(c, false, "no starttls offered"); return; }
        conn_printf(c, "<starttls xmlns='" NS_TLS "'/>");
        c->st = ST_PROCEED;
    } else if (c->st == ST_STREAM0 || c->st == ST_STREAM1) {
        if (H.registered) { reg_send(c); return; }
        char m[64];
        int k = snprintf(m, sizeof m, ">%s<", O.fast && c->token ? O.fast : O.mech);
        if (!has(s, n, m, (size_t)k)) { conn_close(c, false, "mechanism not offered"); return; }
        if (O.sasl2 && !HAS(s, n, NS_SASL2)) { conn_close(c, false, "no SASL2 offered"); return; }
        if (O.sasl2) sasl2_start(c);
        else sasl_start(c);
    } else if (c->st == ST_STREAM2) {
        const char *se = memmem(s, n, "<session", 8);
        c->b = 0;
        if (se) {                             /* legacy session: only if not marked optional */
            const char *g = memchr(se, '>', n - (size_t)(se - s));
            c->b = !(g && g[-1] != '/' && STARTS(g + 1, n - (size_t)(g + 1 - s), "<optional"));
        }
        if (c->sm_id) c->st = ST_RESUME, sm_resume(c);
        else bind_start(c);
    }
}
static void on_iq(struct conn *c, const char *s, size_t n) {
    size_t tn, in = 0;
    const char *ty = attr(s, n, "type", &tn), *id = attr(s, n, "id", &in);
    if (!ty) return;
    bool result = STARTS(ty, tn, "result"), error = STARTS(ty, tn, "error");
    if (!result && !error) {                  /* a request from the server: roster push, ping, ... */
        bool ok = HAS(s, n, "jabber:iq:roster") || HAS(s, n, "urn:xmpp:ping");
        size_t fn;
        const char *from = attr(s, n, "from", &fn);
        conn_printf(c, "<iq type='%s' id='%.*s'", ok ? "result" : "error", (int)in, id ? id : "");
        if (from) conn_printf(c, " to='%.*s'", (int)fn, from);
        if (ok) conn_printf(c, "/>");
        else conn_printf(c, "><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        if (H.iq && ok) H.iq(c, s, n);
        return;
    }
    if (c->st == ST_REG && in == 3 && !memcmp(id, "reg", 3)) {
        if (error && !HAS(s, n, "conflict")) fprintf(stderr, "register %u: %.*s\n", c->reg_next, (int)n, s);
        H.registered(c, result);
        if (c->fd >= 0 && c->st == ST_REG && (int)c->reg_next >= 0) reg_send(c);
    } else if (c->st == ST_BIND && attr_is(s, n, "id", "b1")) {
        const char *j = memmem(s, n, "<jid>", 5), *e = j ? memchr(j + 5, '<', n - (size_t)(j + 5 - s)) : NULL;
        if (error || !e) { conn_close(c, false, "bind failed"); return; }
        c->jid = copy(c->jid, j + 5, (size_t)(e - j - 5));
        if (c->b) {
            c->st = ST_SESSION;
            conn_printf(c, "<iq type='set' id='s1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>");
        } else bound(c);
    } else if (c->st == ST_SESSION && attr_is(s, n, "id", "s1")) {
        bound(c);
    } else if (c->st == ST_FINISH && attr_is(s, n, "id", "r1")) {
        c->got_roster = true;
        maybe_online(c);
    } else if (H.iq) H.iq(c, s, n);
}
static void on_presence(struct conn *c, const char *s, size_t n) {
    size_t fn;
    const char *f = c->st == ST_FINISH ? attr(s, n, "from", &fn) : NULL;
    if (f && jid_user(f, fn) == c->idx) c->got_echo = true, maybe_online(c);
    if (H.presence) H.presence(c, s, n);
}
static void on_challenge(struct conn *c, const char *s, size_t n) {
    char b[1024];
    size_t k;
    bool two = HAS(s, n, NS_SASL2);
    const char *t = text_of(s, n, &k), *ns = two ? NS_SASL2 : NS_SASL;
    if (c->st == ST_AUTH2) conn_printf(c, "<response xmlns='%s'/>", ns);
    else if (c->st != ST_AUTH || !scram_final(c, t, k, b)) conn_close(c, false, "bad challenge");
    else c->st = ST_AUTH2, conn_printf(c, "<response xmlns='%s'>%s</response>", ns, b);
}
static void on_success(struct conn *c, const char *s, size_t n) {
    if (HAS(s, n, NS_SASL2)) { sasl2_success(c, s, n); return; }
    size_t k;
    const char *t = text_of(s, n, &k);
    if (!server_verified(c, t, k)) conn_close(c, false, "server signature wrong");
    else stream_open(c, ST_STREAM2);
}
void on_stanza(struct conn *c, const char *s, size_t n) {
    rx_stanzas++;
    if (STARTS(s, n, "<message")) {
        c->sm_h++;
        if (H.message) H.message(c, s, n);
    } else if (STARTS(s, n, "<presence")) {
        c->sm_h++;
        on_presence(c, s, n);
    } else if (STARTS(s, n, "<iq")) {
        c->sm_h++;
        on_iq(c, s, n);
    } else if (STARTS(s, n, "<r ") || STARTS(s, n, "<r/")) {
        conn_printf(c, "<a xmlns='" NS_SM "' h='%u'/>", c->sm_h);
    } else if (STARTS(s, n, "<enabled")) {
        sm_enabled(c, s, n);
    } else if (STARTS(s, n, "<resumed") && c->st == ST_RESUME) {
        sm_resumed(c);
    } else if (STARTS(s, n, "<failed") && c->st == ST_RESUME) {
        sm_lost(c);
        bind_start(c);
    } else if (STARTS(s, n, "<stream:features") || STARTS(s, n, "<features")) {
        on_features(c, s, n);
    } else if (STARTS(s, n, "<proceed") && c->st == ST_PROCEED) {
        conn_flush(c);
        tls_start(c);
    } else if (STARTS(s, n, "<challenge")) {
        on_challenge(c, s, n);
    } else if (STARTS(s, n, "<success") && c->st == ST_AUTH2) {
        on_success(c, s, n);
    } else if (STARTS(s, n, "<failure")) {
        fprintf(stderr, "user %d: %.*s\n", c->idx, (int)n, s);
        c->token = copy(c->token, NULL, 0);
        conn_close(c, false, "sasl failure");
    } else if (STARTS(s, n, "<stream:error")) {
        if (!HAS(s, n, "system-shutdown")) fprintf(stderr, "user %d: %.*s\n", c->idx, (int)n, s);
        conn_close(c, false, "stream error");
    }
}
