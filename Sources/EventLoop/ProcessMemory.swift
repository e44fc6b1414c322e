// What other processes get to see of this one's memory, in which the database's passwords are.

internal import CLinux

/// Keeps this process's memory from every other but root's: it dumps no core, and one of the same user can neither trace
/// it nor read its memory or environment in /proc. See PR_SET_DUMPABLE in prctl(2).
package func keepMemoryPrivate() throws(SystemError) {
    try systemCall("prctl") { linux_set_undumpable() }
}
