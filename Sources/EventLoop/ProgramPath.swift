// The path of this process's program, to start the one that is there later.

internal import Glibc

/// The absolute path by which this process's program was called, with symbolic links, which may lead to another program
/// later; the program's own path if the links lead elsewhere already, or the path is not known.
package func programPath() throws(SystemError) -> String {
    if let called = CommandLine.arguments.first.flatMap(absolutePath), leadsHere(called) { return called }
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe readlink(ownProgram, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    guard count > 0 else { throw SystemError(call: "readlink", code: errno) }
    return String(decoding: buffer[..<count], as: UTF8.self)
}

/// The path at which execvp(3) finds a program; nil if it finds none.
private func absolutePath(_ name: String) -> String? {
    if name.contains("/") { return inWorkingDirectory(name) }
    guard let path = unsafe getenv("PATH") else { return nil }
    return unsafe String(cString: path).split(separator: ":", omittingEmptySubsequences: false)
        .compactMap { inWorkingDirectory($0.isEmpty ? name : "\($0)/\(name)") }
        .first { unsafe access($0, X_OK) == 0 }
}

private func inWorkingDirectory(_ path: String) -> String? {
    if path.hasPrefix("/") { return path }
    guard let directory = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(directory) }
    return unsafe "\(String(cString: directory))/\(path)"
}

private func leadsHere(_ path: String) -> Bool {
    var (there, own) = (stat(), stat())
    return unsafe stat(path, &there) == 0 && stat(ownProgram, &own) == 0
        && there.st_dev == own.st_dev && there.st_ino == own.st_ino
}

/// See proc(5).
private let ownProgram = "/proc/self/exe"
