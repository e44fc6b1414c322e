// Connects and cancels on threads of its own, as libpq may block there, and passes the connections to a loop.

internal import DequeModule
package import EventLoop
internal import LookupValues
package import PostgreSQL

/// Why there is no connection.
package struct ConnectFailure: Error {
    package let error: ServerError
    /// Whether the server has let the login in, or was met otherwise, or nothing was tried: it is not known to be away.
    package let hasConnected: Bool

    package init(error: ServerError, hasConnected: Bool) {
        self.error = error
        self.hasConnected = hasConnected
    }
}

/// Opens connections for one loop, and closes them.
package final class Connector: EventHandler {
    /// One attempt, to be given up by `cancel`.
    package struct Attempt: Hashable {
        fileprivate let number: UInt64
    }

    /// A connection that may be used.
    package struct Established {
        package let connection: Connection
        package let setup: ConnectionSetup
    }

    /// What a thread reports at its end. The thread gives up the connection with this message, so that only one thread uses
    /// the connection at a time.
    private enum Report: @unchecked Sendable {
        case attempted(Attempt, Result<Established, ConnectFailure>)
        case closed
    }

    /// A connection on its way to the thread that closes it. No other thread uses it any more.
    private struct Parting: @unchecked Sendable {
        let connection: Connection
    }

    /// How many threads may connect at once; further attempts wait until one has ended. A thread ends when the time for its
    /// attempt is over, unless getaddrinfo(3) or the like blocks it.
    private static let threadLimit = 64
    /// How many threads may cancel at once. A frozen server holds each for as long as that may take; beyond this limit a
    /// connection is closed without a request to cancel.
    private static let closingLimit = 64
    /// The least time that a new connection's first questions get, in nanoseconds.
    private static let leastPatience: Int64 = 1_000_000_000

    private let reports: Mailbox<Report>
    private var completions: [Attempt: (Result<Established, ConnectFailure>) -> Void] = [:]
    private var waiting: Deque<(Attempt, ConnectionParameters, ConnectionTerms, DependencyQuestion)> = []
    private var attempts: UInt64 = 0
    private var threads = 0
    private var closing = 0

    package init(loop: EventLoop) throws(SystemError) {
        reports = try Mailbox()
        _ = try loop.register(reports.descriptor, for: .readable, handler: self)
    }

    /// Begins to connect. `completion` is called later, from the loop, unless the attempt is cancelled.
    ///
    /// - Parameters:
    ///   - terms: what the connection must keep to.
    ///   - question: asks what the answers on this connection depend on.
    package func connect(
        _ parameters: ConnectionParameters, _ terms: ConnectionTerms, _ question: DependencyQuestion,
        completion: @escaping (Result<Established, ConnectFailure>) -> Void
    ) -> Attempt {
        attempts += 1
        let attempt = Attempt(number: attempts)
        completions[attempt] = completion
        waiting.append((attempt, parameters, terms, question))
        startThreads()
        return attempt
    }

    private func startThreads() {
        while threads < Self.threadLimit, let (attempt, parameters, terms, question) = waiting.popFirst() {
            guard completions[attempt] != nil else { continue }
            threads += 1
            do throws(SystemError) {
                try startThread(named: "connect") { [reports] in
                    reports.post(.attempted(attempt, Connector.connect(parameters, terms, question)))
                }
            } catch {
                let error = ServerError(sqlState: "", message: "no thread to connect on: \(error)")
                reports.post(.attempted(attempt, .failure(ConnectFailure(error: error, hasConnected: true))))
            }
        }
    }

    /// Connects, and sets the connection up; blocks.
    private static func connect(
        _ parameters: ConnectionParameters, _ terms: ConnectionTerms, _ question: DependencyQuestion
    ) -> Result<Established, ConnectFailure> {
        let start = MonotonicClock.now()
        var question = question
        question.begunAt = start
        let connection: Connection
        switch PostgreSQL.connect(parameters, timeout: terms.connectTimeout) {
        case .success(let made): connection = made
        case .failure(let error):
            return .failure(ConnectFailure(error: error, hasConnected: error.hasMetServer))
        }
        do {
            // Altogether it has connect_timeout, but the setup has at least a second: several addresses may have taken
            // longer.
            let patience = Int64(terms.connectTimeout) * 1_000_000_000
            let deadline = max(
                start.advanced(byNanoseconds: patience),
                MonotonicClock.now().advanced(byNanoseconds: leastPatience))
            let setup = try connection.setUp(terms, question, until: deadline).get()
            return .success(Established(connection: connection, setup: setup))
        } catch {
            // The server may be ending, or the connection be lost.
            let isLost = connection.isBroken
            return .failure(ConnectFailure(error: error, hasConnected: !isLost))
        }
    }

    /// Forgets an attempt; a connection that it still makes is closed.
    package func cancel(_ attempt: Attempt) {
        completions[attempt] = nil
    }

    /// Closes a connection that its owner gives up. If the server owes it results, the server is asked to cancel what it is
    /// doing: a server process that waits for a lock, for example, does not notice that its client has gone.
    package func close(_ connection: Connection) {
        guard connection.isOwed, closing < Self.closingLimit else { return }
        closing += 1
        do throws(SystemError) {
            let parting = Parting(connection: connection)
            try startThread(named: "close") { [reports] in
                parting.connection.giveUp()
                reports.post(.closed)
            }
        } catch {
            closing -= 1
        }
    }

    package func descriptorReady(_ readiness: Readiness) {
        for report in reports.take() {
            switch report {
            case .attempted(let attempt, let result):
                threads -= 1
                completions.removeValue(forKey: attempt)?(result)
            case .closed:
                closing -= 1
            }
        }
        startThreads()
    }
}

extension Connection {
    /// How long a server may take to cancel all batches, in nanoseconds.
    private static let patience: Int64 = 5_000_000_000
    /// How long it may take for one batch before it is asked again, in nanoseconds.
    private static let cancelInterval: Int64 = 100_000_000

    /// How many bytes of results the server may still send. Beyond this it notices the end of the connection anyway.
    private static let maximumBytes = 33_554_432

    /// Has the server cancel all batches that it owes results for: after each it goes on with the next that it has
    /// received.
    fileprivate func giveUp() {
        let deadline = MonotonicClock.now().advanced(byNanoseconds: Self.patience)
        var bytes = 0
        while isOwed && bytes < Self.maximumBytes && MonotonicClock.now() < deadline {
            cancel(until: deadline)
            let soon = MonotonicClock.now().advanced(byNanoseconds: Self.cancelInterval)
            guard waitUntilReady(descriptor, for: .readable, until: soon) else { continue }
            bytes += unreadBytes(of: descriptor)
            consumeInput()
            while let result = nextResult() {
                if case .disconnected = consume result { return }
            }
        }
    }

    /// Asks the server to cancel its current batch, and waits until it has received the request or its time is over.
    private func cancel(until deadline: Instant) {
        guard let request = cancelRequest(), let heard = try? Mailbox<Void>() else { return }
        do throws(SystemError) {
            try startThread(named: "cancel") {
                request.send()
                heard.post(())
            }
        } catch {
            return
        }
        // A request that can't be ended soon is looked for less and less often.
        var (deadline, pause) = (deadline, Self.cancelInterval)
        while !waitUntilReady(heard.descriptor, for: .readable, until: deadline) {
            endBlockedConnections(toPeerOf: descriptor)
            deadline = MonotonicClock.now().advanced(byNanoseconds: pause)
            pause = min(2 * pause, Self.patience)
        }
    }
}
