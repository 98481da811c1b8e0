//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
#define _GNU_SOURCE
#include "xmppload.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

/* Log-linear histogram: 64 sub-buckets per power of two (error < 1.6 %). */
void hist_reset(struct hist *h) { memset(h, 0, sizeof *h); }
void hist_add(struct hist *h, uint64_t v) {
    unsigned i;
    if (v < 64) i = (unsigned)v;
    else {
        unsigned e = 63 - (unsigned)__builtin_clzll(v);
        i = (e - 5) * 64 + (unsigned)((v >> (e - 6)) & 63);
    }
    if (i >= HIST_N) i = HIST_N - 1;
    h->b[i]++, h->n++, h->sum += (double)v;
    if (v > h->max) h->max = v;
}
double hist_ms(const struct hist *h, double q) {
    if (!h->n) return 0;
    uint64_t want = (uint64_t)(q * (double)h->n), seen = 0;
    for (unsigned i = 0; i < HIST_N; i++) {
        seen += h->b[i];
        if (seen > want) {
            if (i < 64) return i / 1e6;
            unsigned e = i / 64 + 5;
            return (double)((64ull + i % 64) << (e - 6)) * 1.008 / 1e6;
        }
    }
    return (double)h->max / 1e6;
}

static bool pid_stat(int pid, int *ppid, double *cpu) {
    char p[64], b[1024];
    snprintf(p, sizeof p, "/proc/%d/stat", pid);
    FILE *f = fopen(p, "r");
    if (!f) return false;
    size_t n = fread(b, 1, sizeof b - 1, f);
    fclose(f);
    b[n] = 0;
    char *r = strrchr(b, ')');
    unsigned long ut, st;
    if (!r || sscanf(r + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", ppid, &ut, &st) != 3) return false;
    /* The process's clock counts nanoseconds; the fields of its stat whole hundredths of a second. */
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &used) == 0)
        *cpu = (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    else
        *cpu = (double)(ut + st) / (double)sysconf(_SC_CLK_TCK);
    return true;
}
static void pid_mem(int pid, struct use *u) {
    char p[64], l[256];
    snprintf(p, sizeof p, "/proc/%d/smaps_rollup", pid);
    FILE *f = fopen(p, "r");
    if (!f) return;
    unsigned long kb;
    while (fgets(l, sizeof l, f)) {
        if (sscanf(l, "Rss: %lu", &kb) == 1) u->rss += kb * 1024;
        else if (sscanf(l, "Pss: %lu", &kb) == 1) u->pss += kb * 1024;
    }
    fclose(f);
}
/* CPU seconds (and memory) of pid and all its descendants. */
void proc_use(int pid, struct use *u, bool mem) {
    memset(u, 0, sizeof *u);
    if (pid <= 0) return;
    static struct { int pid, ppid; double cpu; bool in; } t[8192];
    int n = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d)) && n < 8192;) {
        if (!isdigit((unsigned char)e->d_name[0])) continue;
        t[n].pid = atoi(e->d_name);
        if (pid_stat(t[n].pid, &t[n].ppid, &t[n].cpu)) t[n].in = t[n].pid == pid, n++;
    }
    if (d) closedir(d);
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && !t[i].in; j++)
                if (t[j].in && t[j].pid == t[i].ppid) t[i].in = more = true;
    }
    for (int i = 0; i < n; i++)
        if (t[i].in) {
            u->cpu += t[i].cpu, u->procs++;
            if (mem) pid_mem(t[i].pid, u);
        }
}
static void machine(double *busy, double *steal) {
    unsigned long us = 0, ni = 0, sy = 0, id, io, irq = 0, sirq = 0, st = 0;
    FILE *f = fopen("/proc/stat", "r");
    if (f && fscanf(f, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &us, &ni, &sy, &id, &io, &irq, &sirq, &st) < 8) us = 0;
    if (f) fclose(f);
    double hz = (double)sysconf(_SC_CLK_TCK);
    *busy = (double)(us + ni + sy + irq + sirq) / hz;
    *steal = (double)st / hz;
}
static double self_cpu(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}
void servers_use(struct use *u, bool mem) {
    struct use v;
    proc_use(O.server_pid, u, mem);
    if (!O.server_pid2) return;
    proc_use(O.server_pid2, &v, mem);
    u->cpu += v.cpu, u->rss += v.rss, u->pss += v.pss, u->procs += v.procs;
}
static double second_cpu(void) {
    struct use u;
    if (!O.server_pid2) return 0;
    proc_use(O.server_pid2, &u, false);
    return u.cpu;
}
void win_begin(struct win *w) {
    struct use u;
    servers_use(&u, false);
    w->srv = u.cpu;
    w->second = second_cpu();
    machine(&w->busy, &w->steal);
    w->gen = self_cpu();
    w->t0 = now_ns();
}
/* wall time, CPU of servers (and of the second alone) and generator, CPU used by anything else on the machine, steal */
void win_json(const struct win *w, double *wall, double *srv, char *buf, size_t cap) {
    struct use u;
    double busy, steal, gen = self_cpu() - w->gen;
    *wall = (double)(now_ns() - w->t0) / 1e9;
    servers_use(&u, false);
    machine(&busy, &steal);
    *srv = u.cpu - w->srv;
    double second = second_cpu() - w->second;
    double other = busy - w->busy - *srv - gen;
    snprintf(buf, cap, "\"wall_s\":%.3f,\"server_cpu_s\":%.6f,\"second_cpu_s\":%.6f,\"server_util\":%.2f,\"gen_cpu_s\":%.2f,\"gen_util\":%.2f,\"other_cpu_s\":%.2f,\"steal_s\":%.2f",
             *wall, *srv, second, *srv / *wall, gen, gen / *wall, other < 0 ? 0 : other, steal - w->steal);
}
