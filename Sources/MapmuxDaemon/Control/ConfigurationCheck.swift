// `mapmux check`: reads everything, connects to every host, prepares every query.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// What a check has come to, from good to bad.
package enum CheckResult: Int, Comparable, Sendable {
    case good
    /// A host can't be connected to, or a query can't be prepared.
    case temporaryFailure
    case configurationError

    package static func < (left: CheckResult, right: CheckResult) -> Bool {
        left.rawValue < right.rawValue
    }
}

package struct ConfigurationCheck {
    private let source: ConfigurationSource
    private let printLine: (String) -> Void
    private let reportProblem: (String) -> Void
    private var result = CheckResult.good

    /// - Parameters:
    ///   - printLine: is given a line for each table.
    ///   - reportProblem: is given everything that is wrong.
    package init(
        source: ConfigurationSource, printLine: @escaping (String) -> Void,
        reportProblem: @escaping (String) -> Void
    ) {
        self.source = source
        self.printLine = printLine
        self.reportProblem = reportProblem
    }

    package mutating func run() -> CheckResult {
        var diagnostics: [Diagnostic] = []
        let configuration = source.read(diagnostics: &diagnostics)
        for diagnostic in diagnostics {
            switch diagnostic.severity {
            case .warning: reportProblem("\(diagnostic) (warning)")
            case .error:
                reportProblem(diagnostic.description)
                note(.configurationError)
            }
        }
        for (pool, plan) in configuration.pools.enumerated() {
            let verdicts = check(plan, timeout: configuration.settings.connectTimeout)
            for map in configuration.maps where map.pool == pool {
                printLine("\(map.name) \(plan.tables[map.table].file): \(verdicts[map.table])")
            }
        }
        return result
    }

    private func report(_ file: String, _ line: Int?, _ message: String) {
        reportProblem(Diagnostic(severity: .error, file: file, line: line, message: message).description)
    }

    private mutating func note(_ finding: CheckResult) {
        result = max(result, finding)
    }

    /// A verdict for each table of the plan.
    private mutating func check(_ plan: PoolPlan, timeout: Int) -> [String] {
        var verdicts = Array(
            repeating: "not checked, as no host can be connected to", count: plan.tables.count)
        for host in plan.target.hosts {
            let parameters = ConnectionParameters(host: host, target: plan.target)
            let deadline = MonotonicClock.now().advanced(byNanoseconds: Int64(timeout) * 1_000_000_000)
            let connected = connect(parameters) { descriptor, wait in
                waitUntilReady(descriptor, for: wait == .readable ? .readable : .writable, until: deadline)
            }
            switch connected {
            case .failure(let error):
                note(.temporaryFailure)
                report(
                    plan.tables[0].file, plan.tables[0].hostsLine,
                    "found the host \(host), expected one to connect to: \(error)")
            case .success(let connection):
                for (index, table) in plan.tables.enumerated() {
                    verdicts[index] = check(table, on: connection, host: host)
                }
            }
        }
        return verdicts
    }

    /// Prepares the table's query with parameters, or else with a key in literals, as serving does.
    private mutating func check(
        _ table: TableDefinition, on connection: Connection, host: DatabaseHost
    ) -> String {
        let prepared = connection.prepare(table.template.sql)
        if case .success = prepared {
            let count = table.template.parameterCount
            return "ok, \(count) parameter\(count == 1 ? "" : "s")"
        }
        let key = Array("user@example.com".utf8)
        var literal: [UInt8] = []
        table.template.appendLiteralStatement(key: key.span, parts: AddressParts(key.span), into: &literal) {
            connection.appendEscaped($0, to: &$1)
        }
        switch connection.prepare(String(decoding: literal, as: UTF8.self)) {
        case .success:
            return "ok, with literals, as PostgreSQL can't tell the type of a parameter"
        // The example key itself is no date, say.
        case .failure(let error) where error.sqlState.hasPrefix("22"):
            return "ok, with literals, as PostgreSQL can't tell the type of a parameter"
        case .failure(let error):
            note(.temporaryFailure)
            report(
                table.file, table.queryLine,
                "found a query that host \(host) can't prepare, expected one that it can: \(error)")
            return "query can't be prepared"
        }
    }
}

extension Connection {
    /// Prepares a statement as the unnamed one, and waits for what the server says.
    fileprivate func prepare(_ sql: String) -> Result<Void, ServerError> {
        guard sendPrepare(name: "", sql: sql), sendSync() else { return .failure(error) }
        var outcome: Result<Void, ServerError> = .success(())
        while true {
            while let result = nextResult() {
                switch consume result {
                case .succeeded: continue
                case .failed(let error): outcome = .failure(error)
                case .aborted: continue
                case .synced: return outcome
                case .disconnected(let error): return .failure(error)
                }
            }
            let isBlocked = flush() == .blocked
            _ = waitUntilReady(descriptor, for: isBlocked ? [.readable, .writable] : .readable, until: nil)
            consumeInput()
        }
    }
}
