// The permissions that are wanted for a listening socket.

/// The mode and group that a listening socket's file gets.
package struct SocketPermissions: Equatable, Sendable {
    /// As in chmod(2): 0o660, for instance.
    package var mode: UInt32
    /// The name of a group; nil: the process's.
    package var group: String?

    package init(mode: UInt32, group: String?) {
        self.mode = mode
        self.group = group
    }
}
