// Users of this system, and the one that this process runs as.

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

    /// - Parameters:
    ///   - name: a number, too, as systemd takes it; a name comes first.
    ///   - group: its first group, by name or number, in place of the one that the system has for it.
    ///   - others: groups that it belongs to besides, by name or number.
    /// - Returns: nil if there is no such user, or no such group.
    package init?(named name: String, group: String? = nil, others: [String] = []) {
        // The process has one thread at this time, so no other one uses the static buffer of getpwnam(3).
        guard let entry = unsafe getpwnam(name) ?? uid_t(name).flatMap({ unsafe getpwuid($0) }) else {
            return nil
        }
        self.name = unsafe String(cString: entry.pointee.pw_name)
        user = unsafe entry.pointee.pw_uid
        guard let first = group.map(numberOfGroup) ?? .some(unsafe entry.pointee.pw_gid) else { return nil }
        self.group = first
        home = unsafe String(cString: entry.pointee.pw_dir)
        var additional: [gid_t] = []
        for other in others {
            guard let number = numberOfGroup(other) else { return nil }
            additional.append(number)
        }
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            let capacity = count
            if unsafe getgrouplist(self.name, first, &groups, &count) >= 0 {
                self.groups = groups.prefix(Int(count)) + additional
                return
            }
            // The call leaves the number needed, except with an old C library.
            count = max(count, capacity * 2)
        }
    }

    /// The name of its first group; the group's number if it has no name.
    package var groupName: String { nameOfGroup(group) }
}

extension Account {
    /// The user that this process runs as.
    package static var current: UInt32 { geteuid() }

    /// The name of that user; its number if it has none.
    package static var currentName: String { nameOfUser(geteuid()) }

    /// Makes this process the user's for good, with its groups and its home. Variables for libpq (PGPASSFILE and so on) are
    /// removed from the environment, as a service has none.
    ///
    /// - Parameter environment: the variables that a service has; the last value of a name counts.
    /// - Throws: EPERM unless this process is root's.
    package func become(with environment: [(name: String, value: String)] = []) throws(SystemError) {
        var groups = groups
        try systemCall("setgroups") { unsafe setgroups(groups.count, &groups) }
        try systemCall("setgid") { setgid(group) }
        try systemCall("setuid") { setuid(user) }
        // There is one thread yet: no other one reads the environment.
        for name in Self.libpqVariables { unsafe unsetenv(name) }
        for (name, value) in [("HOME", home), ("USER", name), ("LOGNAME", name)] + environment {
            unsafe setenv(name, value, 1)
        }
    }

    /// The names in this process's environment that libpq may read, in this or a later version.
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

private func numberOfGroup(_ name: String) -> gid_t? {
    guard let entry = unsafe getgrnam(name) else { return gid_t(name) }
    return unsafe entry.pointee.gr_gid
}

/// The name of a user, or its number if it has none.
func nameOfUser(_ user: uid_t) -> String {
    guard let entry = unsafe getpwuid(user) else { return String(user) }
    return unsafe String(cString: entry.pointee.pw_name)
}

/// The name of a group, or its number if it has none.
func nameOfGroup(_ group: gid_t) -> String {
    guard let entry = unsafe getgrgid(group) else { return String(group) }
    return unsafe String(cString: entry.pointee.gr_name)
}
