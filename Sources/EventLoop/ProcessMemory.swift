// Keeps this process's memory, which has the database's passwords, from other processes, and gives freed memory back.

internal import CLinux

/// Keeps this process's memory from all other processes except root's: it dumps no core, and a process of the same user can
/// neither trace it nor read its memory or environment in /proc. See PR_SET_DUMPABLE in prctl(2).
package func keepMemoryPrivate() throws(SystemError) {
    try systemCall("prctl") { linux_set_undumpable() }
}

/// Has large buffers go back to the system as soon as they are freed. By default glibc raises its M_MMAP_THRESHOLD with each
/// large buffer that is freed, and keeps later ones in the arenas of the threads that asked for them. Measured: a server's
/// giant error, which libpq copies several times, then took twice the memory. See mallopt(3).
package func returnLargeBuffers() {
    _ = mallopt(M_MMAP_THRESHOLD, 131_072)
}
