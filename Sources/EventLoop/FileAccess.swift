// Whether another user may use a file, by its mode, its owner and those of its directories.

internal import CLinux
internal import Glibc

/// What to do with a file, as bits of access(2).
package struct FileUse: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let read = FileUse(rawValue: 4)
    package static let write = FileUse(rawValue: 2)
    package static let search = FileUse(rawValue: 1)
}

/// Why `account` could not use the file at `path`; nil if it could.
///
/// Access control lists and security modules are not considered. This process must be able to see the file, as root is.
package func obstacle(to use: FileUse, path: String, for account: Account) -> String? {
    if let obstacle = pathObstacle(to: use, path: path, for: account) { return obstacle }
    // A symbolic link leads through other directories.
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    let target = unsafe String(cString: resolved)
    return target == path ? nil : pathObstacle(to: use, path: target, for: account)
}

private func pathObstacle(to use: FileUse, path: String, for account: Account) -> String? {
    var directory = ""
    for part in path.split(separator: "/").dropLast() {
        if let obstacle = partObstacle(to: .search, directory.isEmpty ? "/" : directory, for: account) {
            return obstacle
        }
        directory += "/\(part)"
    }
    return partObstacle(to: .search, directory.isEmpty ? "/" : directory, for: account)
        ?? partObstacle(to: use, path, for: account)
}

private func partObstacle(to use: FileUse, _ path: String, for account: Account) -> String? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
        return "\(path): \(SystemError(call: "stat", code: errno))"
    }
    if account.user == 0 { return nil }
    let shift: UInt32 =
        status.st_uid == account.user ? 6 : account.groups.contains(status.st_gid) ? 3 : 0
    let granted = FileUse(rawValue: status.st_mode >> shift & 7)
    if use.isSubset(of: granted) { return nil }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    let (owner, group) = (nameOfUser(status.st_uid), nameOfGroup(status.st_gid))
    return "\(path) has mode \(mode), owner \(owner) and group \(group)"
}

/// Whether there is a socket; nil if this process may not look.
package func isSocket(_ path: String) -> Bool? {
    var status = stat()
    if unsafe stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFSOCK }
    return errno == ENOENT || errno == ENOTDIR ? false : nil
}

/// Whether every user of this system may read a file, by its own mode alone.
package func anyoneMayRead(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
}
