//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

// Counts the heap allocations of a process (LD_PRELOAD). On SIGUSR1 the count is written to $ALLOCATIONS_FILE.

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

// glibc's own functions, under the names it exports for interposers.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ullong allocations;
static const char *path;

static void count(void) { atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    // Growing in place is an allocation avoided, but nobody can rely on it.
    count();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count();
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) return 12;  // ENOMEM
    *block = made;
    return 0;
}

static void dump(int signal) {
    (void)signal;
    char digits[24];
    int at = sizeof digits;
    digits[--at] = '\n';
    unsigned long long value = atomic_load_explicit(&allocations, memory_order_relaxed);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return;
    (void)!write(file, digits + at, sizeof digits - (size_t)at);
    close(file);
}

__attribute__((constructor)) static void install(void) {
    path = getenv("ALLOCATIONS_FILE");
    if (path == NULL) return;
    struct sigaction action = {.sa_handler = dump, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
}
