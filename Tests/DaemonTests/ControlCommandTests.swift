// What lines of the control socket mean.

import Testing

@testable import Daemon

@Suite("Control commands")
struct ControlCommandTests {
    @Test("Each command's line means that command")
    func lines() {
        let key = Array("a  b ".utf8)
        let commands: [ControlCommand] = [
            .stats, .reload, .drain, .config, .pause(target: nil), .pause(target: "reader@/run/mail"),
            .resume(target: nil), .resume(target: "reader@/run/mail"), .flush(map: nil, key: nil),
            .flush(map: "aliases", key: nil), .flush(map: "aliases", key: key),
            .kept(map: "aliases", key: key),
        ]
        for command in commands {
            let line = String(decoding: command.line.dropLast(), as: UTF8.self)
            #expect(ControlCommand(line: line) == command, "\(line)")
        }
    }

    @Test("An empty name does not mean all, and an empty key not all keys")
    func empty() {
        for command: ControlCommand in [
            .flush(map: "", key: nil), .flush(map: "", key: Array("key".utf8)),
            .flush(map: "aliases", key: []),
            .pause(target: ""), .resume(target: ""),
        ] {
            let line = String(decoding: command.line.dropLast(), as: UTF8.self)
            #expect(ControlCommand(line: line) == command, "\(line)")
        }
        #expect(ControlCommand(line: "") == nil && ControlCommand(line: " stats") == nil)
    }
}
