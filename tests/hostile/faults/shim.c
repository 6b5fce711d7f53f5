/*
 * What stands between a program and its disk: counts every call that changes a folder, writes each
 * into a trace in the order in which it was done, and lets one of them fail.
 *
 * Loaded with LD_PRELOAD. Told what to do by fault_watch and fault_arm, or from the start by the
 * variables FAULT_FOLDER, FAULT_TRACE, FAULT_KIND, FAULT_CALL, FAULT_NAME and FAULT_AT.
 *
 * A line of the trace is the call, the file relative to the folder, the bytes, and what came of it,
 * parted by tabs; "!" is before what was done by us. Between them stand, as "say", what the program
 * says on its standard output, and, as "arm", when it was told what shall fail.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum kind { NONE, EIO_ONCE, ENOSPC_ONCE, DEAD, FULL, UNSYNCED, UNLOGGED, KILLED, TORN };
enum sort { WRITES, SYNCS, NAMES, SHRINKS };

static const char *const KINDS[] = {"none",     "EIO",      "ENOSPC", "dead", "full",
                                    "unsynced", "unlogged", "killed", "torn"};

static char folder[PATH_MAX];
static char only_call[32], only_name[256];
static int trace = -1;
static enum kind armed = NONE;
static long at, seen;
static int fired;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Write a line into the trace. */
static void tell(const char *call, const char *name, long bytes, const char *result) {
    char line[PATH_MAX + 128];
    int length = snprintf(line, sizeof line, "%s\t%s\t%ld\t%s\n", call, name, bytes, result);
    if (trace >= 0 && syscall(SYS_write, trace, line, (size_t)length) != length) abort();
}

void fault_arm(const char *kind, long number) {
    tell("arm", kind, number, "ok");
    for (unsigned each = 0; each < sizeof KINDS / sizeof *KINDS; each++)
        if (!strcmp(kind, KINDS[each])) armed = (enum kind)each;
    at = number;
    seen = 0;
    fired = 0;
}

int fault_fired(void) { return fired; }

void fault_watch(const char *path, const char *log) {
    snprintf(folder, sizeof folder, "%s", path);
    trace = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (trace < 0) abort();
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_FOLDER"), *log = getenv("FAULT_TRACE");
    const char *kind = getenv("FAULT_KIND"), *number = getenv("FAULT_AT");
    const char *call = getenv("FAULT_CALL"), *name = getenv("FAULT_NAME");
    if (path && log) fault_watch(path, log);
    if (call) snprintf(only_call, sizeof only_call, "%s", call);
    if (name) snprintf(only_name, sizeof only_name, "%s", name);
    if (kind && number) fault_arm(kind, atol(number));
}

/* Return the name of a path in the folder, or NULL if it is elsewhere. */
static const char *inside(const char *path) {
    size_t length = strlen(folder);
    if (!length || strncmp(path, folder, length)) return NULL;
    if (!path[length]) return ".";
    return path[length] == '/' ? path + length + 1 : NULL;
}

static const char *inside_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return NULL;
    path[length] = 0;
    return inside(path);
}

static void say(const char *text, size_t size) {
    char told[512];
    size_t length = size < sizeof told - 1 ? size : sizeof told - 1;
    memcpy(told, text, length);
    told[length] = 0;
    for (size_t each = 0; each < length; each++)
        if (told[each] == '\n' || told[each] == '\t') told[each] = ' ';
    tell("say", told, (long)size, "ok");
}

/* Return what is to happen to this call. */
static enum kind fate(const char *call, const char *name, enum sort sort) {
    enum kind found = NONE;
    pthread_mutex_lock(&lock);
    if (armed != NONE && (!*only_call || !strcmp(call, only_call)) &&
        (!*only_name || !strcmp(name, only_name))) {
        seen++;
        int once = armed == EIO_ONCE || armed == ENOSPC_ONCE || armed == KILLED || armed == TORN;
        int hit = 1;
        if (armed == FULL) hit = sort == WRITES || sort == NAMES;
        if (armed == UNSYNCED) hit = sort == SYNCS;
        if (armed == UNLOGGED) hit = sort == SYNCS && strstr(name, "-wal");
        if (hit && (once ? seen == at : seen >= at)) {
            found = armed;
            fired = 1;
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void die(const char *call, const char *name, long bytes) {
    tell(call, name, bytes, "!killed");
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/*
 * Do a call with its fate. HALF is what is done of it before the process dies halfway; a call that
 * knows no half is done as a whole.
 */
#define THROUGH(TYPE, CALL, NAME, BYTES, SORT, DO, HALF)                                   \
    do {                                                                                   \
        const char *known = (NAME);                                                        \
        if (!known) return DO;                                                             \
        enum kind fate_ = fate(#CALL, known, SORT);                                        \
        if (fate_ == KILLED) die(#CALL, known, BYTES);                                     \
        if (fate_ == TORN) {                                                               \
            if ((HALF) < 0) tell(#CALL, known, BYTES, "failed");                           \
            die(#CALL, known, BYTES);                                                      \
        }                                                                                  \
        if (fate_ != NONE) {                                                               \
            int full = fate_ == FULL || fate_ == ENOSPC_ONCE;                              \
            tell(#CALL, known, BYTES, full ? "!ENOSPC" : "!EIO");                          \
            errno = full ? ENOSPC : EIO;                                                   \
            return -1;                                                                     \
        }                                                                                  \
        TYPE done = DO;                                                                    \
        int error = errno;                                                                 \
        tell(#CALL, known, BYTES, done < 0 ? "failed" : "ok");                             \
        errno = error;                                                                     \
        return done;                                                                       \
    } while (0)

#define REAL(TYPE, CALL, ...)                                                              \
    static TYPE (*real)(__VA_ARGS__);                                                      \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #CALL)

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    char path[PATH_MAX];
    if (file == STDOUT_FILENO && trace >= 0) say(data, size);
    THROUGH(ssize_t, write, inside_of(file, path), (long)size, WRITES, real(file, data, size),
            real(file, data, size / 2));
}

#define PWRITE(CALL, OFFSET)                                                               \
    ssize_t CALL(int file, const void *data, size_t size, OFFSET start) {                  \
        REAL(ssize_t, CALL, int, const void *, size_t, OFFSET);                            \
        char path[PATH_MAX];                                                               \
        THROUGH(ssize_t, CALL, inside_of(file, path), (long)size, WRITES,                  \
                real(file, data, size, start), real(file, data, size / 2, start));         \
    }

#define ON_FILE(CALL, SORT)                                                                \
    int CALL(int file) {                                                                   \
        REAL(int, CALL, int);                                                              \
        char path[PATH_MAX];                                                               \
        THROUGH(int, CALL, inside_of(file, path), 0, SORT, real(file), real(file));        \
    }

#define TRUNCATE(CALL, OFFSET)                                                             \
    int CALL(int file, OFFSET size) {                                                      \
        REAL(int, CALL, int, OFFSET);                                                      \
        char path[PATH_MAX];                                                               \
        THROUGH(int, CALL, inside_of(file, path), (long)size, SHRINKS, real(file, size),   \
                real(file, size));                                                         \
    }

#define ON_TWO(CALL)                                                                       \
    int CALL(const char *from, const char *to) {                                           \
        REAL(int, CALL, const char *, const char *);                                       \
        THROUGH(int, CALL, inside(to), 0, NAMES, real(from, to), real(from, to));          \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
ON_FILE(fsync, SYNCS)
ON_FILE(fdatasync, SYNCS)
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)
ON_TWO(rename)
ON_TWO(link)

int linkat(int at_from, const char *from, int at_to, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    THROUGH(int, linkat, inside(to), 0, NAMES, real(at_from, from, at_to, to, flags),
            real(at_from, from, at_to, to, flags));
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    THROUGH(int, unlink, inside(path), 0, SHRINKS, real(path), real(path));
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    THROUGH(int, mkdir, inside(path), 0, NAMES, real(path, mode), real(path, mode));
}
