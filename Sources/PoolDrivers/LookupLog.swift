// What the log says about databases: constant messages, and no keys.

internal import Configuration
package import DaemonLog
internal import Logging
internal import LookupTables
internal import PostgreSQL

/// The messages about hosts, connections and queries.
package struct LookupLog {
    let log: LimitedLog

    package init(log: LimitedLog) {
        self.log = log
    }

    func hostFailed(_ host: DatabaseHost, _ error: ServerError?) {
        log.logAlways(
            .warning, "database host failed", about: "\(host)",
            ["host": "\(host)", "error": "\(error?.description ?? "no answer in time")"])
    }

    func renewalFailed(_ host: DatabaseHost, _ error: ServerError?) {
        log.log(
            .warning, "a database connection should be renewed and can't be: it stays", about: "\(host)",
            ["host": "\(host)", "error": "\(error?.description ?? "no answer in time")"])
    }

    /// The server's message may quote a query.
    func dependenciesUntold(_ host: DatabaseHost, _ error: ServerError) {
        log.log(
            .warning, "it can't be told which queries keep nothing: each lookup goes by itself",
            about: "\(host)", ["host": "\(host)", "sqlstate": "\(error.sqlState)"])
    }

    func hostRecovered(_ host: DatabaseHost) {
        log.logAlways(.notice, "database host is back", about: "\(host)", ["host": "\(host)"])
    }

    func outageBegan(_ target: String, _ plan: OutagePlan) {
        log.log(
            .warning, "no host of a database can be asked: the last answers are given", about: target,
            [
                "target": "\(target)", "maps": "\(plan.givenMaps) of \(plan.maps)",
                "seconds_old_at_most": "\(plan.bound / 1_000_000_000)",
            ])
    }

    func outageEnded(_ target: String) {
        log.log(
            .notice, "a database can be asked again: the last answers are given no more", about: target,
            ["target": "\(target)"])
    }

    /// The pause was asked for, so this is no warning.
    func pauseOver(_ target: String) {
        log.logAlways(.notice, "a pause is over by itself", about: target, ["target": "\(target)"])
    }

    func connectFailed(_ host: DatabaseHost, _ error: ServerError) {
        log.logger.debug("connecting failed", metadata: ["host": "\(host)", "error": "\(error)"])
    }

    func disconnected(_ host: DatabaseHost, _ error: ServerError) {
        log.log(
            .warning, "database connection lost", about: "\(host)", ["host": "\(host)", "error": "\(error)"])
    }

    func gaveUp(_ host: DatabaseHost) {
        log.log(
            .warning, "database connection given up, whose queries take too long", about: "\(host)",
            ["host": "\(host)"])
    }

    func hostHangs(_ host: DatabaseHost) {
        log.logAlways(
            .warning, "database host hangs, others are used in its place where there are any",
            about: "\(host)", ["host": "\(host)"])
    }

    func hostReturns(_ host: DatabaseHost) {
        log.logAlways(
            .notice, "database host is used again, after it had hung", about: "\(host)", ["host": "\(host)"])
    }

    func batchFailed(_ host: DatabaseHost, _ error: ServerError) {
        log.log(
            .warning,
            error.isOfPooler
                ? "a pooler, or the server, has failed at the end of a batch of queries"
                : "a batch of queries can't be committed: they should only read", about: "\(host)",
            ["host": "\(host)", "error": "\(error)"])
    }

    func preparationFailed(_ table: TableDefinition, _ error: ServerError) {
        log.log(
            .warning, "query can't be prepared with parameters", about: table.file,
            ["file": "\(table.file)", "error": "\(error)"])
    }

    /// After this the keys are asked for one by one. The server's message may quote one of them.
    func arrayStatementFailed(_ table: TableDefinition, _ error: ServerError) {
        log.logger.debug(
            "a statement for many keys failed", metadata: ["file": "\(table.file)", "error": "\(error)"])
    }

    /// The server's message may quote the key, so it is shown whole at debug only.
    func queryFailed(_ table: TableDefinition, asked key: [UInt8], _ error: ServerError) {
        log.logger.debug("query failed", metadata: ["file": "\(table.file)", "error": "\(error)"])
        log.log(
            .warning, "query failed", about: table.file,
            [
                "file": "\(table.file)", "sqlstate": "\(error.sqlState)",
                "text": "\(error.discreetText(asked: key))",
            ])
    }

    /// - Parameters:
    ///   - connections: how many connections to the host there are.
    ///   - wanted: how many the pool should have.
    func hostIsFull(_ host: DatabaseHost, connections: Int, of wanted: Int, _ error: ServerError) {
        log.logAlways(
            .warning, "a database host lets in fewer connections than there should be", about: "\(host)",
            [
                "host": "\(host)", "connections": "\(connections)", "expected": "\(wanted)",
                "error": "\(error)",
            ])
    }

    func hostHasRoom(_ host: DatabaseHost) {
        log.logAlways(
            .notice, "a database host lets in all connections again", about: "\(host)", ["host": "\(host)"])
    }
}

extension ServerError {
    /// Whether the error is not about a statement: a connection or the program between has failed (class 08, XX000), or the
    /// server ends (class 57P).
    fileprivate var isOfPooler: Bool {
        sqlState.isEmpty || sqlState == "XX000" || sqlState.hasPrefix("08") || sqlState.hasPrefix("57P")
    }
}
