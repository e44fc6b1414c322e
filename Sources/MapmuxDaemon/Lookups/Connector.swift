// Connects on threads of its own, as libpq may block there, and hands the connections to the worker's loop.

internal import DequeModule
internal import EventLoop
internal import PostgreSQL

/// Opens connections for one worker.
final class Connector: EventHandler {
    /// One attempt, to be given up by `cancel`.
    struct Attempt: Hashable {
        fileprivate let number: UInt64
    }

    /// What an attempt's thread has to say. The thread lets go of the connection with the message, so that it is
    /// only ever used by one thread at a time.
    private struct Report: @unchecked Sendable {
        let attempt: Attempt
        let result: Result<Connection, ServerError>
    }

    /// An attempt's thread ends when its time is over, unless getaddrinfo(3) or the like holds it. Further attempts wait
    /// until one of so many has ended.
    private static let threadLimit = 64

    private let reports: Mailbox<Report>
    private var completions: [Attempt: (Result<Connection, ServerError>) -> Void] = [:]
    private var waiting: Deque<(Attempt, ConnectionParameters, timeout: Int)> = []
    private var attempts: UInt64 = 0
    private var threads = 0

    init(loop: EventLoop) throws(SystemError) {
        reports = try Mailbox()
        _ = try loop.register(reports.descriptor, for: .readable, handler: self)
    }

    /// Begins to connect. `completion` is called later, from the loop, unless the attempt is cancelled.
    ///
    /// - Parameter timeout: seconds for each address.
    func connect(
        _ parameters: ConnectionParameters, timeout: Int,
        completion: @escaping (Result<Connection, ServerError>) -> Void
    ) -> Attempt {
        attempts += 1
        let attempt = Attempt(number: attempts)
        completions[attempt] = completion
        waiting.append((attempt, parameters, timeout))
        startThreads()
        return attempt
    }

    private func startThreads() {
        while threads < Self.threadLimit, let (attempt, parameters, timeout) = waiting.popFirst() {
            guard completions[attempt] != nil else { continue }
            threads += 1
            do throws(SystemError) {
                try startThread(named: "connect") { [reports] in
                    let result = PostgreSQL.connect(parameters, timeout: timeout)
                    reports.post(Report(attempt: attempt, result: result))
                }
            } catch {
                let error = ServerError(sqlState: "", message: "no thread to connect on: \(error)")
                reports.post(Report(attempt: attempt, result: .failure(error)))
            }
        }
    }

    /// Forgets an attempt; a connection that it still makes is closed.
    func cancel(_ attempt: Attempt) {
        completions[attempt] = nil
    }

    func descriptorReady(_ readiness: Readiness) {
        for report in reports.take() {
            threads -= 1
            completions.removeValue(forKey: report.attempt)?(report.result)
        }
        startThreads()
    }
}
