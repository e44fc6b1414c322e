// Reading configuration files: whole, and only what is a file.

import EventLoop
import Glibc
import TestSupport
import Testing

@Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1 << 20, 16 << 20])
func aFileIsReadWhole(size: Int) throws {
    let directory = try TemporaryDirectory()
    var contents = [UInt8](repeating: 0, count: size)
    for index in stride(from: 0, to: size, by: 4_093) {
        contents[index] = UInt8(truncatingIfNeeded: index >> 8)
    }
    let path = try directory.write("f", bytes: contents)
    #expect(try readFile(at: path) == contents)
}

@Test func aFileBeyondTheLimitIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "")
    #expect(unsafe truncate(path, 16 << 20 + 1) == 0)
    #expect(throws: SystemError(call: "read", code: EFBIG)) { try readFile(at: path) }
}

@Test func aFileThatIsNotThereIsAnError() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SystemError(call: "open", code: ENOENT)) { try readFile(at: "\(directory.path)/f") }
    #expect(throws: SystemError(call: "open", code: ENOENT)) { try readFile(at: "") }
}

@Test func whatIsNotARegularFileIsRefusedWithoutWaiting() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: directory.path) }
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: "/dev/zero") }
    // Opening a pipe that nobody writes to would wait without O_NONBLOCK.
    let pipe = "\(directory.path)/pipe"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(throws: SystemError(call: "open", code: EINVAL)) { try readFile(at: pipe) }
}

@Test func anErrorSaysWhichCallFailedAndWhy() {
    #expect(SystemError(call: "open", code: ENOENT).description == "open: No such file or directory")
    #expect(SystemError(call: "open", code: ENOENT) != SystemError(call: "read", code: ENOENT))
    #expect(SystemError(call: "open", code: ENOENT) != SystemError(call: "open", code: EACCES))
}
