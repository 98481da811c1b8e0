//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
/* fixed work; prints the CPU and wall milliseconds it took: a yardstick for how slow the machine is right now */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static double t(clockid_t c) { struct timespec s; clock_gettime(c, &s); return s.tv_sec * 1e3 + s.tv_nsec / 1e6; }
int main(void) {
    size_t n = 1 << 20; uint32_t *a = malloc(n * 4); uint64_t x = 88172645463325252ull;
    for (size_t i = 0; i < n; i++) a[i] = (uint32_t)(i * 2654435761u);
    double c = t(CLOCK_PROCESS_CPUTIME_ID), w = t(CLOCK_MONOTONIC);
    for (int i = 0; i < 1000000; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; x += a[x & (n - 1)]; a[(x >> 20) & (n - 1)] ^= (uint32_t)x; }
    printf("{\"calib_cpu_ms\":%.1f,\"calib_wall_ms\":%.1f,\"x\":%u}\n", t(CLOCK_PROCESS_CPUTIME_ID) - c, t(CLOCK_MONOTONIC) - w, (unsigned)x);
}
