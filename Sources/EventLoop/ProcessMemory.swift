// What other processes get to see of this one's memory, in which the database's passwords are, and what they get back.

internal import CLinux

/// Keeps this process's memory from every other but root's: it dumps no core, and one of the same user can neither trace
/// it nor read its memory or environment in /proc. See PR_SET_DUMPABLE in prctl(2).
package func keepMemoryPrivate() throws(SystemError) {
    try systemCall("prctl") { linux_set_undumpable() }
}

/// Has large buffers go back to the system as soon as they are freed. As it is, glibc raises its M_MMAP_THRESHOLD with each
/// large buffer that is freed, and keeps those that follow in the arenas of the threads that asked for them: a server's
/// giant error, which libpq copies several times, took twice the memory so. See mallopt(3).
package func returnLargeBuffers() {
    _ = mallopt(M_MMAP_THRESHOLD, 131_072)
}
