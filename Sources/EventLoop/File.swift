// Reading and writing configuration files, whole.

internal import Glibc

/// The contents of a regular file.
///
/// - Throws: EFBIG for more than 16 MiB, EINVAL if it is not a regular file, or the error of open(2) or read(2).
package func readFile(at path: String) throws(SystemError) -> [UInt8] {
    let file = Descriptor(
        owning: try systemCall("open") { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
    var status = stat()
    try systemCall("fstat") { [raw = file.raw] in unsafe fstat(raw, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "open", code: EINVAL) }
    return try readToEnd(of: file.raw)
}

/// - Throws: EFBIG for more than 16 MiB, or the error of read(2).
func readToEnd(of descriptor: Int32) throws(SystemError) -> [UInt8] {
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while contents.count <= 16 << 20 {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count == 0 { return contents }
        if count < 0 {
            if errno == EINTR { continue }
            throw SystemError(call: "read", code: errno)
        }
        contents += buffer[..<count]
    }
    throw SystemError(call: "read", code: EFBIG)
}

/// Makes a file that all users may read, with any umask.
///
/// - Parameter replacing: whether it replaces a file that is there, at the end of symbolic links. Then it gets that file's
///   owner, group and mode. At each moment one of the two is there, whole.
/// - Throws: EEXIST if there is one and `replacing` is false, EPERM if this process can't give it the same owner, or the
///   calls' errors.
package func writeFile(_ contents: [UInt8], at path: String, replacing: Bool) throws(SystemError) {
    let old = replacing ? try existingFile(at: path) : nil
    let target = old?.path ?? path
    let temporary = "\(target).\(getpid())"
    do {
        try createFile(contents, at: temporary, as: old?.status)
        if replacing {
            try systemCall("rename") { unsafe rename(temporary, target) }
        } else {
            // Unlike rename(2), this never replaces.
            try systemCall("link") { unsafe link(temporary, path) }
            unsafe unlink(temporary)
        }
    } catch {
        unsafe unlink(temporary)
        throw error
    }
}

/// The file that is there, with the path behind all symbolic links; nil if there is none.
///
/// - Throws: ENOENT for a symbolic link to nowhere.
private func existingFile(at path: String) throws(SystemError) -> (path: String, status: stat)? {
    var status = stat()
    if unsafe lstat(path, &status) < 0 && errno == ENOENT { return nil }
    guard let resolved = unsafe realpath(path, nil) else { throw SystemError(call: "realpath", code: errno) }
    defer { unsafe free(resolved) }
    let target = unsafe String(cString: resolved)
    try systemCall("stat") { unsafe stat(target, &status) }
    return (target, status)
}

private func createFile(
    _ contents: [UInt8], at path: String, as old: stat?
) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let file = Descriptor(owning: try systemCall("open") { unsafe open(path, flags, 0o600) })
    let raw = file.raw
    if let old {
        var own = stat()
        try systemCall("fstat") { unsafe fstat(raw, &own) }
        if own.st_uid != old.st_uid || own.st_gid != old.st_gid {
            try systemCall("fchown") { fchown(raw, old.st_uid, old.st_gid) }
        }
    }
    try systemCall("fchmod") { fchmod(raw, old.map { $0.st_mode & 0o7777 } ?? 0o644) }
    var written = 0
    while written < contents.count {
        let count = unsafe contents.withUnsafeBytes { bytes in
            // `written` stays below the count.
            unsafe write(raw, bytes.baseAddress! + written, bytes.count - written)
        }
        if count < 0 && errno != EINTR { throw SystemError(call: "write", code: errno) }
        written += max(count, 0)
    }
}
