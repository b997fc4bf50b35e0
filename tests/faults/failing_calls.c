/* Makes one system call of a process fail, fall short or be its last: LD_PRELOAD=failing_calls.so.
 *
 * FAIL_CALL    write, fsync, flock, close or rename
 * FAIL_AT      which of them, from 1, among those on files whose path ends in FAIL_PATH
 * FAIL_HOW     kill (before it), killed (after it), tear (half of a write, then kill), short (half of a write),
 *              or the number of an errno
 * FAIL_TOLD    file that gets a byte when the fault was injected
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int seen;

static int ends_in(const char *path) {
    const char *suffix = getenv("FAIL_PATH");
    size_t have = strlen(path), want = suffix ? strlen(suffix) : 0;
    return suffix && have >= want && strcmp(path + have - want, suffix) == 0;
}

static int is_on(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return ends_in(path);
}

static const char *fault(const char *call, int matches) {
    const char *chosen = getenv("FAIL_CALL"), *at = getenv("FAIL_AT");
    if (!chosen || !at || strcmp(chosen, call) || !matches || ++seen != atoi(at)) return NULL;
    const char *told = getenv("FAIL_TOLD");
    int file = told ? open(told, O_WRONLY | O_CREAT, 0600) : -1;
    if (file >= 0) {
        ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        real_write(file, "x", 1);
        fsync(file);
        int (*real_close)(int) = dlsym(RTLD_NEXT, "close");
        real_close(file);
    }
    return getenv("FAIL_HOW");
}

static int is(const char *how, const char *wanted) { return how && strcmp(how, wanted) == 0; }

#define AROUND(how, real_call)                            \
    if (is(how, "kill")) raise(SIGKILL);                  \
    if (how && atoi(how)) { errno = atoi(how); return -1; } \
    long result = (real_call);                            \
    if (is(how, "killed")) raise(SIGKILL);                \
    return result;

ssize_t write(int descriptor, const void *data, size_t count) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    const char *how = fault("write", is_on(descriptor));
    if (is(how, "short")) return real(descriptor, data, count / 2);
    if (is(how, "tear")) { real(descriptor, data, count / 2); raise(SIGKILL); }
    AROUND(how, real(descriptor, data, count))
}

int fsync(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    const char *how = fault("fsync", is_on(descriptor));
    AROUND(how, real(descriptor))
}

int flock(int descriptor, int operation) {
    int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
    const char *how = fault("flock", is_on(descriptor));
    AROUND(how, real(descriptor, operation))
}

int close(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    const char *how = fault("close", is_on(descriptor));
    AROUND(how, real(descriptor))
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    const char *how = fault("rename", ends_in(to));
    AROUND(how, real(from, to))
}
