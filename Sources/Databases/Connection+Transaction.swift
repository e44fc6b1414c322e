// Transactions that change nothing, for `mapmux check`, `query --explain` and the setup of new connections.
// Behind a pooler, all of a transaction is executed in one session.

internal import Configuration
internal import EventLoop
package import LookupValues
package import PostgreSQL

extension Connection {
    /// Executes `body` in a transaction that only reads and is rolled back. The server gives up a statement
    /// in it before the deadline, so that it does not wait for a lock, or work, when this process no longer
    /// waits for the answer.
    ///
    /// - Parameters:
    ///   - settings: made in it by SET LOCAL, each as SQL has it.
    ///   - statementTimeout: in milliseconds, if that is less than the deadline allows. A stricter one of the
    ///     role's stays.
    ///   - deadline: when an answer must have come.
    /// - Throws: as `ask` does. If `body` throws, that error is thrown, whatever goes wrong in rolling back.
    package func inTransaction<Answer>(
        _ settings: [String] = [], statementTimeout: Int64? = nil, until deadline: Instant,
        _ body: () throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        _ = try ask("BEGIN READ ONLY", until: deadline)
        let answer: Answer
        do throws(ServerError) {
            try limitStatements(statementTimeout, until: deadline)
            for setting in settings { _ = try ask("SET LOCAL \(setting)", until: deadline) }
            answer = try body()
        } catch {
            // After an error without SQLSTATE, the connection is no longer usable.
            if !error.sqlState.isEmpty { _ = try? ask("ROLLBACK", until: deadline) }
            throw error
        }
        _ = try ask("ROLLBACK", until: deadline)
        return answer
    }

    /// Executes statements in a batch of their own, which only reads: for PgBouncer in statement mode, which
    /// closes a connection that begins a transaction. Throws as `ask` does.
    ///
    /// - Parameters:
    ///   - statementTimeout: in milliseconds. A stricter one of the role's stays.
    ///   - deadline: when an answer must have come.
    package func askReadingOnly(
        statementTimeout: Int64, until deadline: Instant, _ send: (Connection) -> Bool
    ) throws(ServerError) {
        let limits = limitsQuery(statementTimeout, until: deadline)
        _ = try execute(until: deadline) { connection in
            connection.sendStatement {
                $0 += "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)".utf8
            } && connection.sendStatement { $0 += limits.utf8 } && send(connection)
        }
    }

    private func limitStatements(_ timeout: Int64?, until deadline: Instant) throws(ServerError) {
        _ = try ask(limitsQuery(timeout, until: deadline), until: deadline)
    }

    private func limitsQuery(_ timeout: Int64?, until deadline: Instant) -> String {
        let rest = max(10, milliseconds(until: deadline))
        var limits = [(name: "statement_timeout", milliseconds: min(timeout ?? .max, rest * 9 / 10))]
        // The message of a lock's timeout says more, so that timeout is shorter.
        if timeout == nil { limits.append((name: "lock_timeout", milliseconds: rest * 8 / 10)) }
        return ConnectionTerms.limitsQuery(limits, isLocal: true)
    }

    /// SQL that has the server give up the statements of a transaction in time. A stricter limit of the role's stays.
    ///
    /// - Parameter patience: when all statements that may take long are to be given up at the latest, and how
    ///   many there are; nil: before the deadline.
    func limitsQuery(_ patience: (Instant, of: Int64)?, until deadline: Instant) -> String {
        limitsQuery(patience.map { max(1, milliseconds(until: $0.0) / $0.of) }, until: deadline)
    }

    private func milliseconds(until deadline: Instant) -> Int64 {
        (deadline.nanoseconds - MonotonicClock.now().nanoseconds) / 1_000_000
    }

    /// Executes `body` in a savepoint of a transaction. If the server refuses something in it, the
    /// transaction goes on as if `body` had not been executed.
    ///
    /// - Throws: as `inTransaction` does.
    package func inSavepoint<Answer>(
        until deadline: Instant, _ body: () throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        // A savepoint of the same name hides an earlier one.
        _ = try ask("SAVEPOINT mapmux", until: deadline)
        do throws(ServerError) {
            return try body()
        } catch {
            if !error.sqlState.isEmpty { _ = try? ask("ROLLBACK TO SAVEPOINT mapmux", until: deadline) }
            throw error
        }
    }

    /// Deallocates a prepared statement in the transaction in which it was made: rolling back does not do
    /// that.
    ///
    /// A pooler that keeps its clients' names has another name for a statement prepared by the protocol. It
    /// deallocates that statement with the connection.
    package func deallocate(_ name: String, until deadline: Instant) {
        if isOwed || isBroken { return }
        _ = try? inSavepoint(until: deadline) { () throws(ServerError) in
            try ask("DEALLOCATE \(name)", until: deadline)
        }
    }
}
