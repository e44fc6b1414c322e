// `mapmux query`: asks a worker of its own, or the running daemon, through the protocol that every client uses.

package import Configuration
internal import DequeModule
internal import EventLoop
package import Logging
internal import LookupProtocols
package import LookupTables
package import LookupValues
internal import LookupWorker

/// Looks up keys, as a rule without a daemon. The worker then runs in this process, and this is its only client: the
/// answers are those that Postfix would get.
package final class QueryRunner {
    /// How many keys are asked ahead of the answers.
    private static let requestsAhead = 64

    private let map: String
    private let socket: Descriptor
    /// How long an answer of a daemon may take, in nanoseconds; nil for a worker of this process, which always answers.
    private let patience: Int64?
    private var lastAnswerAt = MonotonicClock.now()
    private var asked: Deque<[UInt8]> = []
    private var unsent: [UInt8] = []
    private var unread: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Why no more keys are asked; nil while they are.
    private var trouble: String?

    /// - Parameter report: is called with what is wrong with the configuration.
    package init(
        map: String, source: ConfigurationSource, logger: Logger, report: (Diagnostic) -> Void
    ) throws(QueryError) {
        self.map = map
        var configuration: DaemonConfiguration
        do throws(UnusableMap) {
            configuration = try source.read(toAsk: map, report)
        } catch {
            throw .map(error)
        }
        // The user has not asked for what the daemon would log.
        configuration.settings.logLevel = logger.logLevel
        do throws(SystemError) {
            let (own, workers) = try makeSocketPair().take()
            socket = Descriptor(owning: own)
            patience = nil
            let share = WorkerConfiguration(daemon: configuration, sockets: [], connections: 1, clients: 1)
            let worker = try WorkerThread(
                number: 0, configuration: share, logger: logger, ended: try Mailbox())
            worker.post(.serve(client: workers))
        } catch {
            throw .system(error)
        }
    }

    /// Asks the daemon that runs with a configuration, by the first socket for socketmap clients.
    ///
    /// - Parameter report: is called with the reason why the daemon can't be asked.
    package init?(map: String, askingDaemonOf source: ConfigurationSource, report: (String) -> Void) {
        var diagnostics: [Diagnostic] = []
        let settings = source.read(diagnostics: &diagnostics).settings
        guard let path = settings.socketmapListen.first else {
            report("\(source.file): found no socketmap_listen, expected a socket to ask the daemon by")
            return nil
        }
        do throws(SystemError) {
            socket = try connectToSocket(at: path)
        } catch {
            report(
                "can't connect to the socket \(path): \(error); expected a running mapmux serve, and one of those that "
                    + "may connect")
            return nil
        }
        self.map = map
        patience = Int64(settings.lookupTimeout + 5) * 1_000_000_000
    }

    /// Looks up one key.
    package func answer(for key: [UInt8]) -> LookupOutcome {
        var answer: LookupOutcome?
        ask(key)
        while answer == nil { exchange(alsoReading: nil) { answer = $1 } }
        return answer!
    }

    /// Looks up each line of the standard input, and passes it to `answer` with its outcome, in order and at once.
    package func answerStandardInput(_ answer: ([UInt8], LookupOutcome) -> Void) {
        var lines = StandardInputLines()
        while true {
            while asked.count < Self.requestsAhead, let key = lines.next() { ask(key) }
            let mayRead = !lines.isAtEnd && asked.count < Self.requestsAhead
            if asked.isEmpty && lines.isAtEnd { return }
            let input = mayRead ? Interest(StandardInputLines.descriptor, .readable) : nil
            if exchange(alsoReading: input, answer) { lines.read() }
        }
    }

    private func ask(_ key: [UInt8]) {
        if asked.isEmpty { lastAnswerAt = MonotonicClock.now() }
        asked.append(key)
        let payload = Array(map.utf8) + [UInt8(ascii: " ")] + key
        unsent += Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")]
    }

    /// Waits until bytes can be sent or received, or `input` read, and passes on the answers that have come.
    ///
    /// - Returns: whether `input` is ready.
    @discardableResult
    private func exchange(alsoReading input: Interest?, _ answer: ([UInt8], LookupOutcome) -> Void) -> Bool {
        // The deadline makes it check whether a daemon has been silent for too long.
        let soon = MonotonicClock.now().advanced(byNanoseconds: 1_000_000_000)
        if let trouble {
            failAll(trouble, answer)
            guard let input else { return false }
            return waitUntilReady([input], until: soon)[0].contains(.readable)
        }
        let wanted: Readiness = unsent.isEmpty ? .readable : [.readable, .writable]
        let ready = waitUntilReady([Interest(socket.raw, wanted)] + (input.map { [$0] } ?? []), until: soon)
        if ready[0].contains(.writable), case .bytes(let count) = send(unsent.span, to: socket.raw) {
            unsent.removeFirst(count)
        }
        if ready[0].contains(.readable) { receiveAnswers(answer) }
        if let patience, MonotonicClock.now() > lastAnswerAt.advanced(byNanoseconds: patience) {
            failAll("the daemon has not answered in time", answer)
        }
        return ready.count > 1 && ready[1].contains(.readable)
    }

    private func receiveAnswers(_ answer: ([UInt8], LookupOutcome) -> Void) {
        switch unsafe buffer.withUnsafeMutableBytes({ unsafe receive(from: socket.raw, into: $0) }) {
        case .bytes(let count): unread += buffer[..<count]
        case .wouldBlock: return
        // After a request that breaks the protocol, such as a key that is too long, no more requests are answered.
        case .closed:
            trouble =
                patience != nil
                ? "the daemon has closed the connection; expected one of those that may connect, or a shorter key"
                : "not asked any more, since an earlier key was too long"
        }
        var offset = 0
        while trouble == nil {
            switch Netstring.decode(unread.span, at: offset, limit: SocketmapReply.maximumCommandReplyLength)
            {
            case .needsMore:
                unread.removeFirst(offset)
                return
            case .message(let payload, let end):
                lastAnswerAt = MonotonicClock.now()
                if let key = asked.popFirst() {
                    answer(key, LookupOutcome(reply: unread[payload]))
                } else {
                    trouble = "found a reply from the daemon to no request; expected a socket of mapmux serve"
                }
                offset = end
            case .violation:
                trouble =
                    "found a reply from the daemon that is no netstring; expected a socket of mapmux serve"
            }
        }
    }

    private func failAll(_ reason: String, _ answer: ([UInt8], LookupOutcome) -> Void) {
        unsent = []
        while let key = asked.popFirst() { answer(key, .temporaryFailure(reason)) }
    }
}

extension LookupOutcome {
    fileprivate init(reply: ArraySlice<UInt8>) {
        let status = reply.prefix { $0 != UInt8(ascii: " ") }
        let rest = reply.dropFirst(status.count + 1)
        switch String(decoding: status, as: UTF8.self) {
        case "OK": self = .found(Array(rest))
        case "NOTFOUND": self = .notFound
        case "PERM": self = .permanentFailure(String(decoding: rest, as: UTF8.self))
        default: self = .temporaryFailure(String(decoding: rest, as: UTF8.self))
        }
    }
}
