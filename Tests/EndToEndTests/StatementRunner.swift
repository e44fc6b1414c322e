// Sends statements as the daemon does, many at a time, and collects what the server makes of each.

import Glibc
import LookupTables
import LookupValues
import PostgreSQL
import ThrowawayServers

/// One connection to a test's cluster.
final class StatementRunner {
    enum Answer: Equatable, CustomStringConvertible {
        /// Every value, of all rows.
        case values([[UInt8]])
        case failed(sqlState: String, message: String)

        var description: String {
            switch self {
            case .values(let values): "\(values.map(printable))"
            case .failed(let sqlState, let message): "\(sqlState) \(message)"
            }
        }
    }

    enum Form: CaseIterable {
        case literal
        case parameters
    }

    /// A statement for a key, with text before it.
    struct Statement {
        let prefix: String
        let table: TableDefinition
        let key: [UInt8]
        let form: Form
    }

    let connection: Connection

    /// - Parameter options: of the session, as libpq's `options`.
    init(_ cluster: ThrowawayCluster, database: String, encoding: String, options: String) throws {
        let parameters = ConnectionParameters([
            ("host", cluster.socketDirectory), ("user", "postgres"), ("dbname", database),
            ("client_encoding", encoding), ("options", options),
        ])
        connection = try connect(parameters, timeout: 30).get()
    }

    /// The answers, in the order of the statements.
    func run(_ statements: [Statement]) throws -> [Answer] {
        var answers: [Answer] = []
        for start in stride(from: 0, to: statements.count, by: 100) {
            let batch = statements[start..<min(start + 100, statements.count)]
            for statement in batch {
                // A batch for each, so that the failure of one does not concern the next.
                guard send(statement), connection.sendSync() else {
                    throw SupportError("\(connection.error)")
                }
            }
            try receive(batch.count, into: &answers)
        }
        return answers
    }

    private func send(_ statement: Statement) -> Bool {
        let template = statement.table.template
        let key = statement.key
        switch statement.form {
        case .literal:
            return connection.sendStatement { sql in
                sql += statement.prefix.utf8
                template.appendLiteralStatement(key: key.span, into: &sql) { part, sql in
                    connection.appendEscaped(part, to: &sql)
                }
            }
        case .parameters:
            return connection.sendUnnamed(
                sql: statement.prefix + template.sql, parameterCount: template.parameterCount
            ) { index, bytes in
                template.appendParameter(index, key: key.span, into: &bytes)
            }
        }
    }

    private func receive(_ count: Int, into answers: inout [Answer]) throws {
        let goal = answers.count + count
        var synced = 0
        while synced < count {
            guard let result = connection.nextResult() else {
                try wait()
                continue
            }
            switch consume result {
            case .prepared: continue
            case .succeeded(let rows):
                var values: [[UInt8]] = []
                rows.forEachValue { value in
                    var copy: [UInt8] = []
                    copy.append(value)
                    values.append(copy)
                }
                answers.append(.values(values))
            case .failed(let error):
                answers.append(.failed(sqlState: error.sqlState, message: error.message))
            case .synced: synced += 1
            case .aborted: throw SupportError("aborted, in a batch of its own")
            case .disconnected(let error): throw SupportError("disconnected: \(error)")
            }
        }
        guard answers.count == goal else { throw SupportError("\(answers.count) answers, not \(goal)") }
    }

    private func wait() throws {
        let flush = connection.flush()
        guard flush != .disconnected else { throw SupportError("\(connection.error)") }
        let events = Int16(flush == .blocked ? POLLIN | POLLOUT : POLLIN)
        var descriptor = pollfd(fd: connection.descriptor, events: events, revents: 0)
        guard unsafe poll(&descriptor, 1, 60_000) == 1 else { throw SupportError("the server is silent") }
        connection.consumeInput()
    }
}
