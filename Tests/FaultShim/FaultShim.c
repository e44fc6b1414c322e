// Preloaded into a daemon, it counts the kernel calls and the allocations of libpq, and has one of them fail.
//
// MAPMUX_FAULT_BOARD names the file for the counts, which all processes share that inherit the variable.
// MAPMUX_FAULT=CALL:N:ERRNO has the N-th call fail with that number; 0 has it transfer one byte only.
#define _GNU_SOURCE
#include "FaultShim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *const names[] = {
#define X(name) #name,
    FAULT_CALLS(X)
#undef X
};

static struct fault_board *board;
static int chosen = -1;
static unsigned long chosen_number;
static int chosen_error;
/// Where libpq's code is.
static uintptr_t libpq_start, libpq_end;

static int find_libpq(struct dl_phdr_info *object, size_t size, void *none) {
    (void)size, (void)none;
    if (!strstr(object->dlpi_name, "/libpq.so")) return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        libpq_start = object->dlpi_addr + part->p_vaddr;
        libpq_end = libpq_start + part->p_memsz;
    }
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MAPMUX_FAULT_BOARD"), *fault = getenv("MAPMUX_FAULT");
    if (!path) return;
    // Straight from the kernel: nothing here is to be counted.
    int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || ftruncate(file, sizeof *board) != 0) abort();
    struct fault_board *shared = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED) abort();
    for (int i = 0; i < fault_calls; i++) strcpy(shared->calls[i].name, names[i]);
    dl_iterate_phdr(find_libpq, NULL);
    char call[24];
    if (fault && sscanf(fault, "%23[a-z_]:%lu:%d", call, &chosen_number, &chosen_error) == 3)
        for (int i = 0; i < fault_calls; i++)
            if (!strcmp(call, names[i])) chosen = i;
    board = shared;
}

/// Whether this call is the one; errno is set then.
static int fails(enum fault_call call, const void *caller) {
    if (!board) return 0;
    unsigned long number = __atomic_add_fetch(&board->calls[call].count, 1, __ATOMIC_RELAXED);
    if ((int)call != chosen || number != chosen_number) return 0;
    board->made = 1;
    Dl_info where;
    if (dladdr(caller, &where) && where.dli_fname)
        snprintf(board->place, sizeof board->place, "%s+0x%zx", where.dli_fname,
                 (size_t)((const char *)caller - (const char *)where.dli_fbase));
    errno = chosen_error;
    return 1;
}

#define CALLER __builtin_return_address(0)
#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define MAY_FAIL(call, result) \
    do { if (fails(fault_##call, CALLER)) return result; } while (0)
/// A transfer fails, or is cut to a byte.
#define MAY_BE_SHORT(call, length) \
    do { if (fails(fault_##call, CALLER)) { if (chosen_error) return -1; if (length > 1) length = 1; } } while (0)
#define SIMPLE(type, name, call, result, parameters, arguments) \
    type name parameters { REAL(name); MAY_FAIL(call, result); return real arguments; }

SIMPLE(int, accept, accept, -1, (int s, struct sockaddr *a, socklen_t *l), (s, a, l))
SIMPLE(int, accept4, accept, -1, (int s, struct sockaddr *a, socklen_t *l, int f), (s, a, l, f))
SIMPLE(int, bind, bind, -1, (int s, const struct sockaddr *a, socklen_t l), (s, a, l))
SIMPLE(int, chmod, chmod, -1, (const char *p, mode_t m), (p, m))
SIMPLE(int, fchmod, chmod, -1, (int f, mode_t m), (f, m))
SIMPLE(int, fchmodat, chmod, -1, (int d, const char *p, mode_t m, int f), (d, p, m, f))
SIMPLE(int, chown, chown, -1, (const char *p, uid_t u, gid_t g), (p, u, g))
SIMPLE(int, fchown, chown, -1, (int f, uid_t u, gid_t g), (f, u, g))
SIMPLE(int, fchownat, chown, -1, (int d, const char *p, uid_t u, gid_t g, int f), (d, p, u, g, f))
SIMPLE(int, connect, connect, -1, (int s, const struct sockaddr *a, socklen_t l), (s, a, l))
SIMPLE(int, epoll_create1, epoll_create, -1, (int f), (f))
SIMPLE(FILE *, fopen, fopen, NULL, (const char *p, const char *m), (p, m))
SIMPLE(int, getsockname, getsockname, -1, (int s, struct sockaddr *a, socklen_t *l), (s, a, l))
SIMPLE(int, getsockopt, getsockopt, -1, (int s, int l, int n, void *v, socklen_t *z), (s, l, n, v, z))
SIMPLE(int, listen, listen, -1, (int s, int n), (s, n))
SIMPLE(int, pipe, pipe, -1, (int f[2]), (f))
SIMPLE(int, poll, poll, -1, (struct pollfd *p, nfds_t n, int t), (p, n, t))
SIMPLE(ssize_t, readlink, readlink, -1, (const char *p, char *b, size_t l), (p, b, l))
SIMPLE(int, setsockopt, setsockopt, -1, (int s, int l, int n, const void *v, socklen_t z), (s, l, n, v, z))
SIMPLE(int, signalfd, signalfd, -1, (int f, const sigset_t *m, int g), (f, m, g))
SIMPLE(int, socket, socket, -1, (int d, int t, int p), (d, t, p))
SIMPLE(int, socketpair, socket, -1, (int d, int t, int p, int f[2]), (d, t, p, f))
SIMPLE(int, stat, stat, -1, (const char *p, struct stat *s), (p, s))
SIMPLE(int, lstat, stat, -1, (const char *p, struct stat *s), (p, s))
SIMPLE(int, fstat, stat, -1, (int f, struct stat *s), (f, s))
SIMPLE(int, fstatat, stat, -1, (int d, const char *p, struct stat *s, int f), (d, p, s, f))
SIMPLE(ssize_t, sendmsg, send, -1, (int s, const struct msghdr *m, int f), (s, m, f))
SIMPLE(ssize_t, recvmsg, recv, -1, (int s, struct msghdr *m, int f), (s, m, f))
SIMPLE(ssize_t, writev, write, -1, (int f, const struct iovec *v, int n), (f, v, n))
// These return the error.
SIMPLE(int, posix_spawn, posix_spawn, errno,
       (pid_t *p, const char *n, const posix_spawn_file_actions_t *a, const posix_spawnattr_t *t, char *const v[],
        char *const e[]),
       (p, n, a, t, v, e))
SIMPLE(int, getaddrinfo, getaddrinfo, EAI_AGAIN,
       (const char *n, const char *s, const struct addrinfo *h, struct addrinfo **r), (n, s, h, r))

// SwiftNIO's thread, which alone calls epoll_create(2). SwiftNIO traps where it can't make its loop, or can't register a socket
// in it. Before it is asked to make one, the daemon looks whether there is what that takes; here neither fails.
static __thread int is_swiftnio;

int epoll_create(int size) {
    REAL(epoll_create);
    is_swiftnio = 1;
    return real(size);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout) {
    REAL(epoll_wait);
    MAY_FAIL(epoll_wait, -1);
    return real(epoll, events, count, timeout);
}

int eventfd(unsigned value, int flags) {
    REAL(eventfd);
    if (!is_swiftnio) MAY_FAIL(eventfd, -1);
    return real(value, flags);
}

/// Only a new registration takes memory: Linux never fails to change or to remove one that there is.
int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event) {
    REAL(epoll_ctl);
    if (operation == EPOLL_CTL_ADD && !is_swiftnio) MAY_FAIL(epoll_ctl, -1);
    return real(epoll, operation, descriptor, event);
}

/// SwiftNIO's thread has no attributes.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    REAL(pthread_create);
    if (attributes) MAY_FAIL(pthread_create, errno);
    return real(thread, attributes, body, argument);
}

/// Only what makes a descriptor can fail with one that there is.
int fcntl(int descriptor, int command, ...) {
    va_list more;
    va_start(more, command);
    long argument = va_arg(more, long);
    va_end(more);
    REAL(fcntl);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) MAY_FAIL(fcntl, -1);
    return real(descriptor, command, argument);
}

int fcntl64(int descriptor, int command, ...) __attribute__((alias("fcntl")));

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;
    va_end(more);
    REAL(open);
    MAY_FAIL(open, -1);
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int directory, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, int) : 0;
    va_end(more);
    REAL(openat);
    MAY_FAIL(open, -1);
    return real(directory, path, flags, mode);
}

/// What is read in few bytes is a number of eventfd(2) or a signal, which the kernel has in memory: that is never cut.
enum { smallest_read = 256 };

ssize_t read(int descriptor, void *buffer, size_t length) {
    REAL(read);
    if (length >= smallest_read) MAY_BE_SHORT(read, length);
    return real(descriptor, buffer, length);
}

ssize_t write(int descriptor, const void *buffer, size_t length) {
    REAL(write);
    MAY_BE_SHORT(write, length);
    return real(descriptor, buffer, length);
}

ssize_t recv(int socket, void *buffer, size_t length, int flags) {
    REAL(recv);
    MAY_BE_SHORT(recv, length);
    return real(socket, buffer, length, flags);
}

ssize_t send(int socket, const void *buffer, size_t length, int flags) {
    REAL(send);
    MAY_BE_SHORT(send, length);
    return real(socket, buffer, length, flags);
}

ssize_t sendto(
    int socket, const void *buffer, size_t length, int flags, const struct sockaddr *address, socklen_t size) {
    REAL(sendto);
    // A datagram is not cut.
    MAY_FAIL(send, -1);
    return real(socket, buffer, length, flags, address, size);
}

/// The daemon receives and sends by this: see CLinux.
long syscall(long number, ...) {
    va_list more;
    va_start(more, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
    va_end(more);
    REAL(syscall);
    size_t length = a[2];
    if (number == SYS_recvfrom) MAY_BE_SHORT(recv, length);
    if (number == SYS_sendto) MAY_BE_SHORT(send, length);
    return real(number, a[0], a[1], length, a[3], a[4], a[5]);
}

// The allocator's own names: dlsym(3) allocates, too.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

#define FROM_LIBPQ ((uintptr_t)CALLER >= libpq_start && (uintptr_t)CALLER < libpq_end)

void *malloc(size_t size) {
    if (FROM_LIBPQ) MAY_FAIL(malloc, NULL);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    if (FROM_LIBPQ) MAY_FAIL(malloc, NULL);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    if (FROM_LIBPQ) MAY_FAIL(malloc, NULL);
    return __libc_realloc(old, size);
}

char *strdup(const char *text) {
    if (FROM_LIBPQ) MAY_FAIL(malloc, NULL);
    size_t size = strlen(text) + 1;
    char *copy = __libc_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
