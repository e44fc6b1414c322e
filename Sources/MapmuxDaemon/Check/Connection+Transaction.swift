// Transactions that change nothing, for `mapmux check` and `query --explain`. Behind a pooler, what is asked in one is
// asked in one session.

internal import EventLoop
internal import LookupValues
internal import PostgreSQL

extension Connection {
    /// Asks something in a transaction that reads only and is rolled back.
    ///
    /// - Parameters:
    ///   - settings: made in it by SET LOCAL, each as SQL has it.
    ///   - deadline: when an answer must have come.
    /// - Throws: as `ask` does; what `body` throws comes before what goes wrong in rolling back.
    func inTransaction<Answer>(
        _ settings: [String] = [], until deadline: Instant, _ body: () throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        _ = try ask("BEGIN READ ONLY", until: deadline)
        let answer: Answer
        do throws(ServerError) {
            for setting in settings { _ = try ask("SET LOCAL \(setting)", until: deadline) }
            answer = try body()
        } catch {
            // Without SQLSTATE nothing can be asked any more.
            if !error.sqlState.isEmpty { _ = try? ask("ROLLBACK", until: deadline) }
            throw error
        }
        _ = try ask("ROLLBACK", until: deadline)
        return answer
    }

    /// Asks something in a transaction, which goes on as if nothing had been asked where the server refuses it.
    ///
    /// - Throws: as `inTransaction` does.
    func inSavepoint<Answer>(
        until deadline: Instant, _ body: () throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        // One of the same name hides an earlier one.
        _ = try ask("SAVEPOINT mapmux", until: deadline)
        do throws(ServerError) {
            return try body()
        } catch {
            if !error.sqlState.isEmpty { _ = try? ask("ROLLBACK TO SAVEPOINT mapmux", until: deadline) }
            throw error
        }
    }

    /// Takes a prepared statement away in the transaction in which it was made, as rolling back does not.
    ///
    /// A pooler that keeps its clients' names has another one for a statement prepared by the protocol. It takes that one
    /// away with the connection.
    func deallocate(_ name: String, until deadline: Instant) {
        if isOwed || isBroken { return }
        _ = try? inSavepoint(until: deadline) { () throws(ServerError) in
            try ask("DEALLOCATE \(name)", until: deadline)
        }
    }
}
