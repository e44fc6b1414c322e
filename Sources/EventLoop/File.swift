// Reading and writing configuration files, whole.

internal import Glibc

/// The contents of a regular file.
///
/// - Throws: EFBIG for more than 16 MiB, EINVAL for what is not a regular file, or what open(2) or read(2) reports.
package func readFile(at path: String) throws(SystemError) -> [UInt8] {
    let file = Descriptor(
        owning: try systemCall("open") { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
    var status = stat()
    try systemCall("fstat") { [raw = file.raw] in unsafe fstat(raw, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(call: "open", code: EINVAL) }
    return try readToEnd(of: file.raw)
}

/// - Throws: EFBIG for more than 16 MiB, or what read(2) reports.
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

/// Makes a file that everybody may read.
///
/// - Parameter replacing: puts it in the place of a file that is there already; at no time is half of either there.
/// - Throws: EEXIST where there is one and `replacing` is false, or what the calls report.
package func writeFile(_ contents: [UInt8], at path: String, replacing: Bool) throws(SystemError) {
    let temporary = "\(path).\(getpid())"
    do {
        try createFile(contents, at: temporary)
        if replacing {
            try systemCall("rename") { unsafe rename(temporary, path) }
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

private func createFile(_ contents: [UInt8], at path: String) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let file = Descriptor(owning: try systemCall("open") { unsafe open(path, flags, 0o644) })
    var written = 0
    while written < contents.count {
        let count = unsafe contents.withUnsafeBytes { bytes in
            // `written` stays below the count.
            unsafe write(file.raw, bytes.baseAddress! + written, bytes.count - written)
        }
        if count < 0 && errno != EINTR { throw SystemError(call: "write", code: errno) }
        written += max(count, 0)
    }
}
