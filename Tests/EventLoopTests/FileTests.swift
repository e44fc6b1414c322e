// Reading configuration files: whole, and only what is a file. Writing them: whole, and as the old one was.

import EventLoop
import Glibc
import Testing
import ThrowawayServers

@Test("A file is read whole", arguments: [0, 1, 65_535, 65_536, 65_537, 1 << 20, 16 << 20])
func aFileIsReadWhole(size: Int) throws {
    let directory = try TemporaryDirectory()
    var contents = [UInt8](repeating: 0, count: size)
    for index in stride(from: 0, to: size, by: 4_093) {
        contents[index] = UInt8(truncatingIfNeeded: index >> 8)
    }
    let path = try directory.write("f", bytes: contents)
    #expect(try readFile(at: path) == contents)
}

@Test("A file beyond the limit is refused")
func aFileBeyondTheLimitIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "")
    #expect(unsafe truncate(path, 16 << 20 + 1) == 0)
    #expect(throws: SystemError(call: "read", code: EFBIG)) { try readFile(at: path) }
}

@Test("A file that is not there is an error")
func aFileThatIsNotThereIsAnError() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SystemError(call: "open", code: ENOENT)) { try readFile(at: "\(directory.path)/f") }
    #expect(throws: SystemError(call: "open", code: ENOENT)) { try readFile(at: "") }
}

@Test("What is not a regular file is refused without waiting")
func whatIsNotARegularFileIsRefusedWithoutWaiting() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: directory.path) }
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: "/dev/zero") }
    // Opening a pipe that nobody writes to would wait without O_NONBLOCK.
    let pipe = "\(directory.path)/pipe"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: pipe) }
}

@Test("An error says which call failed, and why")
func anErrorSaysWhichCallFailedAndWhy() {
    #expect(SystemError(call: "open", code: ENOENT).description == "open: No such file or directory")
    #expect(SystemError(call: "open", code: ENOENT) != SystemError(call: "read", code: ENOENT))
    #expect(SystemError(call: "open", code: ENOENT) != SystemError(call: "open", code: EACCES))
}

/// Mode, owner and group, without following a link.
private func attributes(_ path: String) -> [UInt32] {
    var status = stat()
    #expect(unsafe lstat(path, &status) == 0)
    return [status.st_mode, status.st_uid, status.st_gid]
}

@Test("A file in the place of another has its mode and its owner")
func aFileInThePlaceOfAnotherHasItsModeAndItsOwner() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "old", mode: 0o640)
    // Nobody else than root can give files away.
    if getuid() == 0 { #expect(unsafe chown(path, 65_534, 65_534) == 0) }
    let before = attributes(path)
    try writeFile(Array("new".utf8), at: path, replacing: true)
    #expect(attributes(path) == before)
    #expect(try readFile(at: path) == Array("new".utf8))
}

@Test("A file is replaced where a symbolic link leads")
func aFileIsReplacedWhereASymbolicLinkLeads() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "old")
    let link = "\(directory.path)/link"
    #expect(unsafe symlink("f", link) == 0)
    try writeFile(Array("new".utf8), at: link, replacing: true)
    #expect(attributes(link)[0] & S_IFMT == S_IFLNK)
    #expect(try readFile(at: path) == Array("new".utf8))

    #expect(unsafe unlink(path) == 0)
    #expect(throws: SystemError(call: "realpath", code: ENOENT)) {
        try writeFile([], at: link, replacing: true)
    }
    #expect(attributes(link)[0] & S_IFMT == S_IFLNK)
}

@Test("A new file never takes the place of another")
func aNewFileNeverTakesThePlaceOfAnother() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "old")
    #expect(throws: SystemError(call: "link", code: EEXIST)) {
        try writeFile(Array("new".utf8), at: path, replacing: false)
    }
    #expect(try readFile(at: path) == Array("old".utf8))
}
