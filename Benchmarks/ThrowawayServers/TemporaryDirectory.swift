// A directory below /tmp or /dev/shm that goes away with its owner, and at the latest with this process.

import Foundation
import Glibc

/// The path stays short (some 20 bytes), so that a socket in it fits in the 107 bytes of `sun_path`.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// - Parameters:
    ///   - mode: 0o755 lets the PostgreSQL user and Postfix read what is in it.
    ///   - isInMemory: whether it takes memory instead of a disk, which fsync(2) then costs nothing.
    package init(mode: UInt32 = 0o755, isInMemory: Bool = false) throws {
        var template = Array("\(isInMemory ? "/dev/shm" : "/tmp")/mapmux.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw SupportError("mkdtemp: \(errorText())")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard unsafe chmod(path, mode) == 0 else {
            throw SupportError("chmod \(path): \(errorText())")
        }
        try Guard.shared.get().atExit("rm -rf '\(path)'")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and dates it back an hour: Postfix waits about a second for a file that may still be changing.
    @discardableResult
    package func write(_ name: String, _ contents: String, mode: Int = 0o644) throws -> String {
        try write(name, bytes: Array(contents.utf8), mode: mode)
    }

    @discardableResult
    package func write(_ name: String, bytes: [UInt8], mode: Int = 0o644) throws -> String {
        let file = "\(path)/\(name)"
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3600), .posixPermissions: mode],
                ofItemAtPath: file)
        } catch {
            throw SupportError("cannot write \(file): \(error)")
        }
        return file
    }
}

/// The text of the calling thread's `errno`.
package func errorText(_ number: Int32 = errno) -> String {
    unsafe String(cString: strerror(number))
}
