// Reading configuration files, whole.

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
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while contents.count <= 16 << 20 {
        let count = unsafe read(file.raw, &buffer, buffer.count)
        if count == 0 { return contents }
        if count < 0 {
            if errno == EINTR { continue }
            throw SystemError(call: "read", code: errno)
        }
        contents += buffer[..<count]
    }
    throw SystemError(call: "read", code: EFBIG)
}
