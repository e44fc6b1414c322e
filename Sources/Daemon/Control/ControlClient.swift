// The commands' side of the control socket.

internal import Configuration
package import EventLoop
internal import LookupTables
internal import LookupValues

/// Why the daemon could not be reached or asked.
package enum ControlError: Error, CustomStringConvertible {
    case notRunning(path: String, SystemError)
    case noAnswer(path: String)
    /// The daemon has closed the connection, as it does with users that it does not obey.
    case closed(path: String)
    case notUnderstood(path: String)

    /// Whether the error shows that the daemon is not well, rather than that its state is unknown.
    package var isOfDaemon: Bool {
        switch self {
        case .notRunning(_, let error): !error.isDenial
        case .noAnswer: true
        case .closed, .notUnderstood: false
        }
    }

    package var description: String {
        switch self {
        case .notRunning(let path, let error):
            "can't connect to the control socket \(path): \(error); expected a running mapmux serve, and root "
                + "or its user"
        case .noAnswer(let path): "no answer came from the control socket \(path) in time"
        case .closed(let path):
            "the control socket \(path) was closed before an answer came; expected to be root, or the user "
                + "that mapmux serve runs as"
        case .notUnderstood(let path):
            "found something else than an answer of mapmux serve at \(path), expected the same version"
        }
    }
}

/// A connection to a running daemon.
package final class ControlClient {
    package let path: String
    private let socket: Descriptor
    private var unread: [UInt8] = []

    package init(path: String) throws(ControlError) {
        self.path = path
        do throws(SystemError) {
            socket = try connectToSocket(at: path)
        } catch {
            throw .notRunning(path: path, error)
        }
    }

    /// - Parameter seconds: how long the answer may take.
    package func ask(_ command: ControlCommand, seconds: Int64 = 30) throws(ControlError) -> ControlAnswer {
        // A command is a few bytes: they fit into the socket, unless it is broken.
        if send(command.line.span, to: socket.raw) != .bytes(command.line.count) { throw .closed(path: path) }
        let deadline = MonotonicClock.now().advanced(byNanoseconds: seconds * 1_000_000_000)
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeFirst(end + 1) }
                do {
                    return try ControlAnswer(line: Array(unread[..<end]))
                } catch {
                    throw .notUnderstood(path: path)
                }
            }
            guard waitUntilReady(socket.raw, for: .readable, until: deadline) else {
                throw .noAnswer(path: path)
            }
            guard receiveMore() else { throw .closed(path: path) }
        }
    }

    /// Waits until the daemon has ended.
    package func waitForEnd() {
        repeat { _ = waitUntilReady(socket.raw, for: .readable, until: nil) } while receiveMore()
    }

    /// False at the end of the stream.
    private func receiveMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        switch unsafe buffer.withUnsafeMutableBytes({ unsafe receive(from: socket.raw, into: $0) }) {
        case .bytes(let count):
            unread += buffer[..<count]
            return true
        case .wouldBlock: return true
        case .closed: return false
        }
    }
}

extension ConfigurationSource {
    /// The socket on which the daemon with this configuration listens for commands. Other errors in it do not matter.
    ///
    /// - Parameter report: is called with the reason why there is no such socket.
    package func controlSocket(_ report: (String) -> Void) -> String? {
        var diagnostics: [Diagnostic] = []
        let settings = read(diagnostics: &diagnostics).settings
        // An error of the file as a whole: it can't be read.
        if let problem = diagnostics.first(where: {
            $0.severity == .error && $0.file == file && $0.line == nil
        }) {
            report(problem.description)
            return nil
        }
        guard let path = settings.controlSocket else {
            report("\(file): found an empty control_socket, expected unix:/path, as mapmux serve has it")
            return nil
        }
        return path
    }
}
