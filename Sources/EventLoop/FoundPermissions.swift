// The permissions of a listening socket's file, as they are found.

internal import Glibc

/// The mode and group of a socket's file, as they were found.
package struct FoundPermissions: Equatable, Sendable {
    let mode: mode_t
    let group: gid_t
}
