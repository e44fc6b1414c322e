// Batches whose end is waited for, on threads that may block: for new connections, and in `mapmux check` and
// `query --explain`.

internal import EventLoop
package import LookupValues
package import PostgreSQL

extension Connection {
    /// How many bytes may come for a batch: catalogs' rows, and trees of queries, take a few 100 kB.
    private static let longestAnswer = 16_777_216

    /// Executes a statement in a batch of its own, and returns the values of its rows that are not NULL.
    ///
    /// - Throws: the server's refusal with its SQLSTATE; an error without SQLSTATE if the connection is no
    ///   longer usable, or no answer has come by `deadline`.
    package func ask(_ sql: String, until deadline: Instant) throws(ServerError) -> [String] {
        try rows(sql, until: deadline).flatMap(\.self)
    }

    /// The same, row by row.
    package func rows(_ sql: String, until deadline: Instant) throws(ServerError) -> [[String]] {
        try execute(until: deadline) { $0.sendStatement(appendSQL: { $0 += sql.utf8 }) }
            .map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// The rows of several statements, which are sent as one batch.
    func rows(_ statements: [String], until deadline: Instant) throws(ServerError) -> [[String]] {
        try execute(until: deadline) { connection in
            statements.allSatisfy { sql in connection.sendStatement(appendSQL: { $0 += sql.utf8 }) }
        }
        .map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Prepares a statement in a batch of its own. Throws as `ask` does.
    package func prepare(_ sql: String, as name: String = "", until deadline: Instant) throws(ServerError) {
        _ = try execute(until: deadline) { $0.sendPrepare(name: name, sql: sql) }
    }

    /// Sends statements as a batch, and returns the bytes of its rows' values that are not NULL. Throws as `ask` does.
    package func execute(
        until deadline: Instant, _ send: (Connection) -> Bool
    ) throws(ServerError) -> [[[UInt8]]] {
        guard send(self), sendSync() else { throw error }
        var values: [[[UInt8]]] = []
        var failure: ServerError?
        var received = 0
        while true {
            while let result = nextResult() {
                switch consume result {
                case .succeeded(let rows):
                    for row in 0..<rows.rowCount {
                        var columns: [[UInt8]] = []
                        rows.forEachValue(inRow: row) { columns.append($0.bytes) }
                        values.append(columns)
                    }
                case .failed(let error): failure = error
                case .prepared: continue
                case .aborted: continue
                case .synced:
                    if let failure { throw failure }
                    return values
                // Whatever its code is, the error refuses more than this statement.
                case .disconnected(let error): throw ServerError(sqlState: "", message: "\(error)")
                }
            }
            let flush = flush()
            if flush == .disconnected { throw error }
            let wanted: Readiness = flush == .blocked ? [.readable, .writable] : .readable
            guard waitUntilReady(descriptor, for: wanted, until: deadline) else {
                throw ServerError(sqlState: "", message: "no answer in time")
            }
            received += unreadBytes(of: descriptor)
            if received > Self.longestAnswer {
                throw ServerError(sqlState: "", message: "the server's answer is too long")
            }
            consumeInput()
        }
    }
}

extension Span<UInt8> {
    fileprivate var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }

    /// The bytes as text.
    package var text: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
}
