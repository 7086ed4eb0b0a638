// A disk that goes wrong, for a program that is started with this in LD_PRELOAD: it sees each change below
// a folder, in the order in which the program makes them.
//
//   CHANGES_BELOW    part of the paths that count
//   CHANGES_KILL_AT  the program is killed (SIGKILL) just before it makes the change of this number
//   CHANGES_ROOM     so many bytes can be written there; then the disk is full
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_long changes;
static atomic_long written;

static long setting(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : -1;
}

static int counts(const char *path) {
    const char *below = getenv("CHANGES_BELOW");
    return below && strstr(path, below);
}

static void change(const char *path) {
    if (counts(path) && atomic_fetch_add(&changes, 1) + 1 == setting("CHANGES_KILL_AT"))
        kill(getpid(), SIGKILL);
}

static int is_below(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return counts(path) ? (change(path), 1) : 0;
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (flags & O_CREAT) change(path);
    return NEXT(open64)(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    change(path);
    return NEXT(mkdir)(path, mode);
}

int rename(const char *from, const char *to) {
    change(to);
    return NEXT(rename)(from, to);
}

int unlink(const char *path) {
    change(path);
    return NEXT(unlink)(path);
}

int fchmod(int file, mode_t mode) {
    is_below(file);
    return NEXT(fchmod)(file, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
    long room = setting("CHANGES_ROOM");
    if (is_below(file) && room >= 0) {
        long left = room - atomic_load(&written);
        if (left <= 0) {
            errno = ENOSPC;
            return -1;
        }
        if ((long)count > left) count = left;
        atomic_fetch_add(&written, count);
    }
    return NEXT(write)(file, bytes, count);
}
