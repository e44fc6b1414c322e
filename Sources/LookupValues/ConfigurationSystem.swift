// What reading a configuration needs of the system that it is read on.

/// Files, users and groups, as closures: the reader is pure, and its caller says where they are.
package struct ConfigurationSystem: Sendable {
    /// The contents of a regular file.
    package let readFile: @Sendable (String) -> Result<[UInt8], UnreadableFile>
    /// Whether every user of the system may read a file, as far as its own mode says.
    package let isReadableByAnyone: @Sendable (String) -> Bool
    /// The number of the user with this name; nil: there is none.
    package let userNumber: @Sendable (String) -> UInt32?
    package let hasGroup: @Sendable (String) -> Bool

    package init(
        readFile: @escaping @Sendable (String) -> Result<[UInt8], UnreadableFile>,
        isReadableByAnyone: @escaping @Sendable (String) -> Bool,
        userNumber: @escaping @Sendable (String) -> UInt32?,
        hasGroup: @escaping @Sendable (String) -> Bool
    ) {
        self.readFile = readFile
        self.isReadableByAnyone = isReadableByAnyone
        self.userNumber = userNumber
        self.hasGroup = hasGroup
    }
}

/// Why a file can't be read: the call that failed, and its error in words.
package struct UnreadableFile: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
