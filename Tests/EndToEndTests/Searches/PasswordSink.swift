// An SMTP server that takes all mail, and would let clients log in.

import TestSupport

enum PasswordSink {
    static func start() throws -> ScriptedServer {
        try ScriptedServer { socket, _ in
            var text: [UInt8] = []
            func line() throws -> String {
                while true {
                    if let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                        defer { text.removeSubrange(...end) }
                        return String(decoding: text[..<end], as: UTF8.self).trimmingSuffix("\r")
                    }
                    let more = try socket.readSome()
                    if more.isEmpty { throw StreamSocket.Failure.closed }
                    text += more
                }
            }
            func say(_ lines: String...) throws {
                try socket.send(lines.flatMap { Array("\($0)\r\n".utf8) })
            }
            try say("220 sink.test ESMTP")
            while true {
                switch try line().uppercased().prefix(4) {
                case "EHLO": try say("250-sink.test", "250-AUTH PLAIN", "250-SMTPUTF8", "250 8BITMIME")
                case "DATA":
                    try say("354 Go on")
                    while try line() != "." {}
                    try say("250 Taken")
                case "QUIT": return try say("221 Bye")
                default: try say("250 All right")
                }
            }
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
