//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* Connections: TCP, TLS, framing of stanzas. */
#define _GNU_SOURCE
#include "xmppload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#define RBUF (1 << 20)

struct hooks H;
char tls_desc[128];
static int ep;
static SSL_CTX *ctx;
static char rbuf[RBUF];                       /* shared read buffer; leftovers live in conn.in */
static struct conn **dirty;
static size_t n_dirty, cap_dirty;

/* ------------------------------------------------------------ framing */
enum kind { K_MORE, K_SKIP, K_OPEN, K_CLOSE, K_STANZA };
static const char *tag_end(const char *t, const char *e) {      /* the '>' of the tag that starts before t */
    for (; t < e; t++) {
        if (*t == '>') return t;
        if ((*t == '\'' || *t == '"') && !(t = memchr(t + 1, *t, (size_t)(e - t - 1)))) return NULL;
    }
    return NULL;
}
static enum kind next_unit(const char *p, const char *e, size_t *len) {
    if (*p != '<') {                          /* whitespace keep-alive */
        const char *l = memchr(p, '<', (size_t)(e - p));
        return *len = (size_t)((l ? l : e) - p), K_SKIP;
    }
    if (e - p < 3) return K_MORE;
    const char *g = tag_end(p + 1, e);
    if (!g) return K_MORE;
    *len = (size_t)(g + 1 - p);
    if (p[1] == '?') return K_SKIP;
    if (p[1] == '/') return K_CLOSE;
    if (STARTS(p, *len, "<stream:stream") || STARTS(p, *len, "<stream ")) return K_OPEN;
    int depth = g[-1] != '/';
    while (depth) {
        const char *s = memchr(g + 1, '<', (size_t)(e - g - 1));
        if (!s || s + 1 >= e || !(g = tag_end(s + 1, e))) return K_MORE;
        if (s[1] == '/') depth--;
        else if (g[-1] != '/') depth++;
    }
    *len = (size_t)(g + 1 - p);
    return K_STANZA;
}
const char *attr(const char *s, size_t n, const char *name, size_t *len) {
    size_t m = strlen(name);
    const char *e = s + n, *t = s + 1;
    while (t < e && *t != ' ' && *t != '>' && *t != '/' && *t != '\n') t++;
    while (t < e && *t != '>') {
        if (*t == ' ' || *t == '\n' || *t == '\t' || *t == '/') { t++; continue; }
        const char *eq = memchr(t, '=', (size_t)(e - t));
        if (!eq || eq + 1 >= e) return NULL;
        const char *q = memchr(eq + 2, eq[1], (size_t)(e - eq - 2));
        if (!q) return NULL;
        if ((size_t)(eq - t) == m && !memcmp(t, name, m)) return *len = (size_t)(q - eq - 2), eq + 2;
        t = q + 1;
    }
    return NULL;
}
bool attr_is(const char *s, size_t n, const char *name, const char *v) {
    size_t k;
    const char *a = attr(s, n, name, &k);
    return a && k == strlen(v) && !memcmp(a, v, k);
}
int jid_user(const char *j, size_t n) {
    size_t p = strlen(O.prefix), i = p;
    int v = 0;
    if (n <= p || memcmp(j, O.prefix, p)) return -1;
    for (; i < n && j[i] >= '0' && j[i] <= '9'; i++) v = v * 10 + (j[i] - '0');
    return i > p && (i == n || j[i] == '@') ? v : -1;
}

/* ------------------------------------------------------------ I/O */
void conn_put(struct conn *c, const char *s, size_t n) {
    if (c->out_len + n > c->out_cap) {
        c->out_cap = (uint32_t)((c->out_len + n) * 2);
        c->out = realloc(c->out, c->out_cap);
    }
    memcpy(c->out + c->out_len, s, n);
    c->out_len += (uint32_t)n;
    if (c->dirty) return;
    c->dirty = true;
    if (n_dirty == cap_dirty) dirty = realloc(dirty, (cap_dirty = cap_dirty * 2 + 256) * sizeof *dirty);
    dirty[n_dirty++] = c;
}
void conn_printf(struct conn *c, const char *fmt, ...) {
    char b[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(b, sizeof b, fmt, ap);
    va_end(ap);
    conn_put(c, b, (size_t)n);
}
static void want(struct conn *c, bool out) {
    if (c->pollout == out) return;
    struct epoll_event ev = {.events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
    c->pollout = out;
}
void conn_close(struct conn *c, bool polite, const char *why) {
    if (c->fd < 0) return;
    bool was = c->st == ST_ONLINE;
    if (polite) free(c->sm_id), c->sm_id = NULL;      /* a stream that is closed in good order ends its session */
    if (polite && c->st >= ST_STREAM0) {
        if (c->ssl) SSL_write(c->ssl, "</stream:stream>", 16);
        else if (send(c->fd, "</stream:stream>", 16, MSG_NOSIGNAL) < 0) polite = false;
    }
    if (c->ssl) {
        if (polite) SSL_shutdown(c->ssl);
        SSL_free(c->ssl);
        ERR_clear_error();
    }
    close(c->fd);
    c->fd = -1, c->ssl = NULL, c->st = ST_OFF, c->gen++;
    c->in_len = c->out_len = c->out_off = 0;
    c->tls_on = c->pollout = c->opened = c->got_echo = c->got_roster = c->sm_on = c->resumed = c->heard = false;
    free(c->in), free(c->out), free(c->srvsig);
    c->in = c->out = c->srvsig = NULL;
    if (!c->sm_id) free(c->jid), c->jid = NULL;
    c->in_cap = c->out_cap = 0;
    if (H.closed) H.closed(c, was, why);
}
void conn_flush(struct conn *c) {
    if (c->fd < 0 || c->st == ST_TCP || c->st == ST_HANDSHAKE) return;
    if (c->heard && c->out_off < c->out_len) c->turns++, c->heard = false;
    while (c->out_off < c->out_len) {
        long r;
        if (c->ssl) {
            r = SSL_write(c->ssl, c->out + c->out_off, (int)(c->out_len - c->out_off));
            if (r <= 0) {
                int e = SSL_get_error(c->ssl, (int)r);
                if (e == SSL_ERROR_WANT_WRITE || e == SSL_ERROR_WANT_READ) { want(c, true); return; }
                conn_close(c, false, "tls write");
                return;
            }
        } else if ((r = send(c->fd, c->out + c->out_off, c->out_len - c->out_off, MSG_NOSIGNAL)) < 0) {
            if (errno == EAGAIN) { want(c, true); return; }
            conn_close(c, false, strerror(errno));
            return;
        }
        c->out_off += (uint32_t)r;
    }
    c->out_off = c->out_len = 0;
    want(c, false);
}
void stream_open(struct conn *c, enum state st) {
    c->opened = false;
    c->st = (uint8_t)st;
    conn_printf(c, "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xml:lang='en' xmlns='jabber:client' "
                   "xmlns:stream='http://etherx.jabber.org/streams'>", DOMAIN_OF(c->idx));
    if (O.pipeline && c->token && st == (O.tls == TLS_NONE ? ST_STREAM0 : ST_STREAM1)) sasl2_start(c);
}
static void handshake(struct conn *c) {
    ERR_clear_error();
    int r = SSL_do_handshake(c->ssl);
    if (r == 1) {
        if (!tls_desc[0]) {
            snprintf(tls_desc, sizeof tls_desc, "%s %s", SSL_get_version(c->ssl), SSL_get_cipher_name(c->ssl));
        }
        c->tls_on = true;
        stream_open(c, ST_STREAM1);
        want(c, false);
        return;
    }
    int e = SSL_get_error(c->ssl, r);
    if (e == SSL_ERROR_WANT_READ) want(c, false);
    else if (e == SSL_ERROR_WANT_WRITE) want(c, true);
    else conn_close(c, false, "tls handshake");
}
void tls_start(struct conn *c) {
    c->ssl = SSL_new(ctx);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_tlsext_host_name(c->ssl, DOMAIN_OF(c->idx));
    SSL_set_connect_state(c->ssl);
    c->st = ST_HANDSHAKE;
    handshake(c);
}

static void parse(struct conn *c, char *p, size_t n) {
    char *e = p + n;
    uint32_t gen = c->gen;
    while (p < e) {
        size_t len;
        SSL *before = c->ssl;
        enum kind k = next_unit(p, e, &len);
        if (k == K_MORE) break;
        if (k == K_CLOSE) { conn_close(c, false, "stream closed by server"); return; }
        if (k == K_STANZA) on_stanza(c, p, len);
        if (c->gen != gen) return;
        p += len;
        if (before != c->ssl) return;         /* STARTTLS happened: what follows is TLS */
    }
    c->in_len = 0;
    if (p < e) {
        size_t left = (size_t)(e - p);
        if (left > c->in_cap) c->in = realloc(c->in, c->in_cap = (uint32_t)(left * 2));
        memcpy(c->in, p, left);
        c->in_len = (uint32_t)left;
    }
}
static void readable(struct conn *c) {
    uint32_t gen = c->gen;
    for (int rounds = 0; (c->ssl || rounds < 64) && c->gen == gen && c->st != ST_HANDSHAKE; rounds++) {
        size_t have = c->in_len;
        if (have > RBUF - 65536) { conn_close(c, false, "stanza too big"); return; }
        if (have) memcpy(rbuf, c->in, have);
        long r;
        if (c->ssl) {
            r = SSL_read(c->ssl, rbuf + have, (int)(RBUF - have));
            if (r <= 0) {
                int e = SSL_get_error(c->ssl, (int)r);
                if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) return;
                conn_close(c, false, e == SSL_ERROR_ZERO_RETURN ? "tls closed" : "tls read");
                return;
            }
        } else {
            r = recv(c->fd, rbuf + have, RBUF - have, 0);
            if (r < 0 && errno == EAGAIN) return;
            if (r <= 0) { conn_close(c, false, r ? strerror(errno) : "closed"); return; }
        }
        c->in_len = 0, c->heard = true;
        parse(c, rbuf, have + (size_t)r);
        if (!c->ssl && r < 16384) return;     /* most likely drained; level-triggered anyway */
    }
}
void conn_open(struct conn *c) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(SECOND(c->idx) ? O.port2 : O.port))}, src = {.sin_family = AF_INET};
    int one = 1;
    inet_pton(AF_INET, SECOND(c->idx) ? O.host2 : O.host, &a.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) { perror("socket"); exit(1); }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (O.src_n > 1) {                        /* spread over 127.0.0.x: enough ephemeral ports */
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        src.sin_addr.s_addr = htonl(0x7f000001u + (uint32_t)(c->idx % O.src_n));
        if (bind(c->fd, (void *)&src, sizeof src)) perror("bind");
    }
    c->st = ST_TCP, c->t_start = now_ns(), c->turns = 0, c->heard = true;
    if (!c->sm_id) c->sm_h = 0;
    int r = connect(c->fd, (void *)&a, sizeof a);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    c->pollout = true;
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
    if (r && errno != EINPROGRESS) conn_close(c, false, strerror(errno));
}
static void event(struct conn *c, uint32_t ev) {
    if (c->fd < 0) return;
    if (c->st == ST_TCP) {
        int err = 0;
        socklen_t l = sizeof err;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &l);
        if (err) { conn_close(c, false, strerror(err)); return; }
        if (!(ev & EPOLLOUT)) return;
        want(c, false);
        if (O.tls == TLS_DIRECT) tls_start(c);
        else stream_open(c, ST_STREAM0);
        return;
    }
    if (c->st == ST_HANDSHAKE) {
        handshake(c);
        if (c->fd < 0 || c->st == ST_HANDSHAKE) return;
    }
    if (ev & EPOLLOUT) conn_flush(c);
    if (c->fd >= 0 && (ev & (EPOLLIN | EPOLLHUP | EPOLLERR))) readable(c);
}
static void flush_all(void) {
    for (size_t i = 0; i < n_dirty; i++) {
        dirty[i]->dirty = false;
        conn_flush(dirty[i]);
    }
    n_dirty = 0;
}
void net_poll(uint64_t until) {
    struct epoll_event ev[512];
    uint64_t now = now_ns();
    if (H.tick) {
        uint64_t t = H.tick(now);
        if (t && t < until) until = t;
    }
    flush_all();
    now = now_ns();
    uint64_t w = until > now ? until - now : 0;
    struct timespec ts = {(time_t)(w / 1000000000ull), (long)(w % 1000000000ull)};
    int n = epoll_pwait2(ep, ev, 512, &ts, NULL);
    for (int i = 0; i < n; i++) event(ev[i].data.ptr, ev[i].events);
    flush_all();
}
void net_init(void) {
    ep = epoll_create1(EPOLL_CLOEXEC);
    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(ctx, 1);
    scram_cache_load();
}
