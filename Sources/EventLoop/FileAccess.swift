// Whether another user may use a file, by its mode, its owner and those of its directories.

internal import CLinux
// For environ, which C declares as a variable.
@unsafe @preconcurrency internal import Glibc

/// A user and all groups that it belongs to.
package struct Account: Sendable {
    package let name: String
    package let user: UInt32
    package let group: UInt32
    package let groups: [UInt32]
    package let home: String

    /// - Parameter name: a number, too, as systemd takes it; a name comes first.
    /// - Returns: nil where there is no such user.
    package init?(named name: String) {
        // This process has one thread as long as it asks, so that the static buffer of getpwnam(3) is its own.
        guard let entry = unsafe getpwnam(name) ?? uid_t(name).flatMap({ unsafe getpwuid($0) }) else {
            return nil
        }
        self.name = unsafe String(cString: entry.pointee.pw_name)
        user = unsafe entry.pointee.pw_uid
        group = unsafe entry.pointee.pw_gid
        home = unsafe String(cString: entry.pointee.pw_dir)
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let capacity = count
            if unsafe getgrouplist(self.name, group, &groups, &count) >= 0 {
                self.groups = Array(groups.prefix(Int(count)))
                return
            }
            // The call leaves the number needed, except where the C library is old.
            count = max(count, capacity * 2)
        }
    }

    /// The name of its first group; its number where that has no name.
    package var groupName: String { nameOfGroup(group) }
}

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
/// Access control lists and security modules are not asked. This process must be able to see the file, as root is.
package func obstacle(to use: FileUse, path: String, for account: Account) -> String? {
    if let obstacle = pathObstacle(to: use, path: path, for: account) { return obstacle }
    // Behind a symbolic link there are other directories.
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

private func nameOfUser(_ user: uid_t) -> String {
    guard let entry = unsafe getpwuid(user) else { return String(user) }
    return unsafe String(cString: entry.pointee.pw_name)
}

private func nameOfGroup(_ group: gid_t) -> String {
    guard let entry = unsafe getgrgid(group) else { return String(group) }
    return unsafe String(cString: entry.pointee.gr_name)
}

/// Whether there is a socket; nil where this process may not look.
package func isSocket(_ path: String) -> Bool? {
    var status = stat()
    if unsafe stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFSOCK }
    return errno == ENOENT || errno == ENOTDIR ? false : nil
}

/// Whether every user of this system may read a file, as far as its own mode says.
package func anyoneMayRead(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IROTH != 0
}

extension Account {
    /// The user that this process acts as.
    package static var current: UInt32 { geteuid() }

    /// The name of that user; its number where it has none.
    package static var currentName: String { nameOfUser(geteuid()) }

    /// Has this process be the user's for good, with its groups and its home, and without what the environment tells libpq
    /// (PGPASSFILE and so on), which a service's does not.
    ///
    /// - Throws: EPERM unless this process is root's.
    package func become() throws(SystemError) {
        var groups = groups
        try systemCall("setgroups") { unsafe setgroups(groups.count, &groups) }
        try systemCall("setgid") { setgid(group) }
        try systemCall("setuid") { setuid(user) }
        // One thread as yet: nobody else reads the environment.
        for (name, value) in [("HOME", home), ("USER", name), ("LOGNAME", name)] {
            unsafe setenv(name, value, 1)
        }
        for name in Self.libpqVariables { unsafe unsetenv(name) }
    }

    /// The names in this process's environment that libpq may look at, now or in a later version.
    private static var libpqVariables: [String] {
        var names: [String] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let name = unsafe String(cString: text).prefix { $0 != "=" }
            if name.hasPrefix("PG") { names.append(String(name)) }
            unsafe entry += 1
        }
        return names
    }
}
