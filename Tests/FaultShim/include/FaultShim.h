// What the shim writes for the test that has preloaded it: see FaultShim.c.
#pragma once
#include <stdint.h>

/// The calls that can fail. As often as each was made is counted over a process and those that take its place.
#define FAULT_CALLS(X) \
    X(accept) X(bind) X(chmod) X(chown) X(connect) X(epoll_create) X(epoll_ctl) X(epoll_wait) X(eventfd) \
    X(fcntl) X(fopen) X(getaddrinfo) X(getsockname) X(getsockopt) X(listen) X(malloc) X(open) X(pipe) X(poll) \
    X(posix_spawn) X(pthread_create) X(read) X(readlink) X(recv) X(send) X(setsockopt) X(signalfd) X(socket) X(stat) X(write)

enum fault_call {
#define X(name) fault_##name,
    FAULT_CALLS(X)
#undef X
    fault_calls
};

/// The file that MAPMUX_FAULT_BOARD names, as it is in memory.
struct fault_board {
    /// Not 0 once the fault was made.
    uint64_t made;
    /// Where it was made: the file of the caller's code, and the place in it, for addr2line(1).
    char place[248];
    struct {
        char name[24];
        uint64_t count;
    } calls[fault_calls];
};
