// A blocking SMTP client that sends a line and returns the reply's lines as they are.

package final class SMTPClient {
    package enum Failure: Error, Equatable {
        /// End of file, or a reset, where a reply or the rest of one was due.
        case closed(after: String)
        case timedOut(after: String)
        case notAReply(String)
    }

    /// The reply to nothing: `220 …`.
    package private(set) var greeting: [String] = []

    private let socket: StreamSocket
    private var buffer: [UInt8] = []
    private var lastCommand = "connecting"

    /// Connects and, unless told otherwise, waits for the greeting.
    ///
    /// - Parameter timeLimit: seconds that one read or write may block; a bound for hung tests.
    package init(port: Int, timeLimit: Int = 300, awaitingGreeting: Bool = true) throws {
        socket = try StreamSocket(to: .tcp(port), timeLimit: timeLimit)
        if awaitingGreeting { greeting = try readReply() }
    }

    package func command(_ line: String) throws(Failure) -> [String] {
        try send(line)
        return try readReply()
    }

    /// Takes on another client's address and name, and a login where given; see Postfix's XCLIENT_README.
    ///
    /// - Returns: the server's reply, a new greeting.
    package func impersonate(address: String, name: String, login: String? = nil) throws(Failure) -> [String]
    {
        let login = login.map { " LOGIN=\($0)" } ?? ""
        return try command("XCLIENT ADDR=\(address) NAME=\(name)\(login)")
    }

    /// Sends without waiting for a reply.
    package func send(_ line: String) throws(Failure) {
        lastCommand = line
        do throws(StreamSocket.Failure) {
            try socket.send(Array("\(line)\r\n".utf8))
        } catch {
            throw error == .timedOut ? .timedOut(after: line) : .closed(after: line)
        }
    }

    /// The lines of one reply, without their line ends.
    package func readReply() throws(Failure) -> [String] {
        var lines: [String] = []
        while true {
            let line = try readLine()
            guard line.utf8.count >= 3, line.prefix(3).allSatisfy(\.isNumber) else {
                throw .notAReply(line)
            }
            lines.append(line)
            if line.dropFirst(3).first != "-" { return lines }
        }
    }

    private func readLine() throws(Failure) -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end]
                let text = String(
                    decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
                buffer.removeSubrange(...end)
                return text
            }
            do throws(StreamSocket.Failure) {
                let some = try socket.readSome()
                if some.isEmpty { throw .closed }
                buffer += some
            } catch {
                throw error == .closed || error == .reset
                    ? .closed(after: lastCommand) : .timedOut(after: lastCommand)
            }
        }
    }
}
