// Running programs to their ends.

import EventLoop
import Testing

@Suite("Programs")
struct ProgramTests {
    @Test("What a program prints comes back, however much it is, with its status")
    func output() throws {
        let result = try runProgram("sh", ["-c", "yes | head -c 300000; echo \"$0\" >&2; exit 7", "a 'b'"])
        #expect(result.status == 7)
        #expect(result.output.count == 300_000)
        #expect(result.error == Array("a 'b'\n".utf8))
    }

    @Test("A program has nothing to read, and one that a signal ends says so")
    func signal() throws {
        #expect(try runProgram("cat", []).output.isEmpty)
        #expect(try runProgram("sh", ["-c", "kill -KILL $$"]).status == 128 + 9)
    }

    @Test("A program that is not there is an error")
    func missing() {
        #expect(throws: SystemError.self) { try runProgram("/nonexistent/program", []) }
    }
}
