// The place of a listening socket's file: a name in a directory that is opened once, so that no link can lead elsewhere
// meanwhile.

internal import CLinux
internal import Glibc

/// One entry of one directory, even if the directory's path leads elsewhere later.
final class SocketPlace: Sendable {
    let path: String
    private let name: String
    private let directory: Descriptor

    /// - Throws: `openDirectory` if this process runs as root, and any user may replace the socket by one of its own.
    init(path: String) throws(ListenError) {
        self.path = path
        guard path.utf8.count <= 107 else { throw .pathTooLong }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let parent = parts.dropLast().joined(separator: "/")
        let place = parent.isEmpty ? "/" : parent
        name = String(parts.last ?? "")
        var status = stat()
        do throws(SystemError) {
            directory = Descriptor(
                owning: try systemCall("open") { unsafe open(place, openPath | O_DIRECTORY | O_CLOEXEC) })
            try systemCall("fstat") { [raw = directory.raw] in unsafe fstat(raw, &status) }
        } catch {
            throw .system(error)
        }
        if geteuid() == 0 && status.st_mode & S_IWOTH != 0 && status.st_mode & S_ISVTX == 0 {
            throw .openDirectory(place, mode: String(status.st_mode & 0o7777, radix: 8))
        }
    }

    /// The file that is there now; a symbolic link itself, if it is one.
    func find() throws(SystemError) -> SocketFile {
        let (directory, name) = (directory.raw, name)
        return try SocketFile(
            Descriptor(
                owning: try systemCall("openat") {
                    unsafe openat(directory, name, openPath | O_NOFOLLOW | O_CLOEXEC)
                }))
    }

    func remove() {
        _ = unsafe unlinkat(directory.raw, name, 0)
    }

    /// Whether the file is still there. Opens nothing, so it works even if no descriptor is left.
    func has(_ file: SocketFile) -> Bool {
        var status = stat()
        return unsafe fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && file.isNamed(by: status)
    }

    /// Removes a stale file, for a new socket. To be called with the lock.
    func clearStaleFile() throws(ListenError) {
        let old: SocketFile
        do throws(SystemError) {
            old = try find()
        } catch {
            if error.meansAbsence { return }
            throw .system(error)
        }
        guard old.isSocket else { throw .notASocket }
        do {
            _ = try connectToSocket(at: old.path)
        } catch {
            // Only a refusal means that no process listens; any other failure (a full backlog, no permission) does not.
            guard error.code == ECONNREFUSED else { throw .inUse }
            remove()
            return
        }
        throw .inUse
    }

    // MARK: The lock

    /// How often to try for the lock of a process that is about to listen, at intervals of a hundredth of a second.
    private static let mostTries = 100

    /// Keeps other processes from looking for a stale file here: two that find the same one would both replace it. Once a
    /// process listens, the socket itself shows that, and the lock is not needed any more.
    func lock() throws(ListenError) -> SocketLock {
        let (directory, lockName) = (directory.raw, ".\(name).lock")
        let lockPath = path.dropLast(name.count) + lockName
        do throws(SystemError) {
            for _ in 0..<Self.mostTries {
                let file = Descriptor(
                    owning: try systemCall("openat") {
                        unsafe openat(directory, lockName, lockFlags, 0o600)
                    })
                if flock(file.raw, LOCK_EX | LOCK_NB) == 0 {
                    var (own, named) = (stat(), stat())
                    try systemCall("fstat") { [raw = file.raw] in unsafe fstat(raw, &own) }
                    // The process that held it may have removed the file in between.
                    if unsafe fstatat(directory, lockName, &named, AT_SYMLINK_NOFOLLOW) == 0,
                        own.st_ino == named.st_ino && own.st_dev == named.st_dev
                    {
                        return SocketLock(file: file, directory: directory, name: lockName)
                    }
                } else if errno != EWOULDBLOCK && errno != EINTR {
                    throw SystemError(call: "flock", code: errno)
                } else {
                    usleep(10_000)
                }
            }
        } catch {
            throw .lock(String(lockPath), error)
        }
        throw .locked(String(lockPath))
    }
}

/// Held while a socket is made. Its file is removed with it.
struct SocketLock: ~Copyable {
    private let file: Descriptor
    private let directory: Int32
    private let name: String

    /// - Parameter directory: outlives this.
    fileprivate init(file: consuming Descriptor, directory: Int32, name: String) {
        self.file = file
        self.directory = directory
        self.name = name
    }

    deinit {
        _ = unsafe unlinkat(directory, name, 0)
    }
}

/// A file that is held by its inode (O_PATH), even if its name is given to another file.
final class SocketFile: Sendable {
    private let descriptor: Descriptor
    /// From fstat(2). The kind, the owner and the inode don't change.
    private let device: UInt
    private let inode: UInt
    let isSocket: Bool
    let isOwn: Bool

    fileprivate init(_ descriptor: consuming Descriptor) throws(SystemError) {
        self.descriptor = descriptor
        var status = stat()
        try systemCall("fstat") { [raw = self.descriptor.raw] in unsafe fstat(raw, &status) }
        device = status.st_dev
        inode = status.st_ino
        // If it has another name, a user may have linked a file of others here.
        isSocket = status.st_mode & S_IFMT == S_IFSOCK && status.st_nlink == 1
        isOwn = status.st_uid == geteuid()
    }

    /// A path that leads to this file, for calls that take no such descriptor: see proc(5).
    var path: String { "/proc/self/fd/\(descriptor.raw)" }

    /// Identifies the file among all of this system, as long as it exists.
    var identity: String { "\(device)-\(inode)" }

    fileprivate func isNamed(by status: stat) -> Bool {
        status.st_ino == inode && status.st_dev == device
    }

    func permissions() throws(SystemError) -> FoundPermissions {
        var status = stat()
        try systemCall("fstat") { [raw = descriptor.raw] in unsafe fstat(raw, &status) }
        return FoundPermissions(mode: status.st_mode & 0o7777, group: status.st_gid)
    }

    func setGroup(_ group: gid_t) throws(SystemError) {
        try systemCall("fchownat") { [raw = descriptor.raw] in
            unsafe fchownat(raw, "", .max, group, emptyPath)
        }
    }

    func setMode(_ mode: mode_t) throws(SystemError) {
        // fchmod(2) takes no descriptor of O_PATH, and fchmodat2(2) is of Linux 6.6.
        let path = path
        try systemCall("chmod") { unsafe chmod(path, mode) }
    }
}

/// O_PATH of open(2).
private let openPath: Int32 = 0o10_000_000
/// No symbolic link is followed, and open(2) does not wait for the writer of a FIFO.
private let lockFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
/// AT_EMPTY_PATH of fchownat(2).
private let emptyPath: Int32 = 0x1000
