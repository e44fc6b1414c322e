// What the Glibc module does not export.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <pthread.h>
#include <unistd.h>

// Declared by the C library under _GNU_SOURCE only, which must not be set here: it would give the types that this
// module shares with Glibc a second, different definition.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
int memfd_create(const char *name, unsigned int flags);
int close_range(unsigned int first, unsigned int last, int flags);

// prctl(2) takes a variable number of arguments, which Swift can't call.
static inline int linux_set_undumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// recv(2) and send(2), which in a program with threads spend four atomic operations on the chance that pthread_cancel(3)
// comes meanwhile; nobody here cancels a thread. The sanitizers see no such call.
static inline ssize_t linux_recv(int socket, void *buffer, size_t length, int flags) {
    return syscall(SYS_recvfrom, socket, buffer, length, flags, NULL, NULL);
}
static inline ssize_t linux_send(int socket, const void *buffer, size_t length, int flags) {
    return syscall(SYS_sendto, socket, buffer, length, flags, NULL, 0);
}
