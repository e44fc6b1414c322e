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
            let verdicts = check(plan, configuration.settings)
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

    /// A verdict for each table of the plan: the worst of its hosts'.
    private mutating func check(_ plan: PoolPlan, _ settings: DaemonSettings) -> [String] {
        var verdicts: [String?] = Array(repeating: nil, count: plan.tables.count)
        let timeout = settings.connectTimeout
        for host in plan.target.hosts {
            let parameters = ConnectionParameters(
                host: host, target: plan.target, applicationName: settings.applicationName)
            switch connect(parameters, timeout: timeout) {
            case .failure(let error):
                note(.temporaryFailure)
                report(
                    plan.tables[0].file, plan.tables[0].hostsLine,
                    "found the host \(host), expected one to connect to: \(error)")
            case .success(let connection):
                for (index, table) in plan.tables.enumerated() {
                    do throws(ServerError) {
                        let verdict = try check(table, on: connection, timeout: timeout)
                        verdicts[index] = verdicts[index] ?? verdict
                    } catch {
                        verdicts[index] = "query can't be prepared"
                        note(.temporaryFailure)
                        report(
                            table.file, table.queryLine,
                            "found a query that host \(host) can't prepare, expected one that it can: \(error)"
                        )
                    }
                }
            }
        }
        return verdicts.map { $0 ?? "not checked, as no host can be connected to" }
    }

    /// Prepares the table's query with parameters, or else with a key in literals, as serving does.
    private func check(
        _ table: TableDefinition, on connection: Connection, timeout: Int
    ) throws(ServerError) -> String {
        if let error = connection.refusal(of: table.template) { throw error }
        // A lock may be in the way.
        let deadline = MonotonicClock.now().advanced(byNanoseconds: Int64(timeout) * 1_000_000_000)
        let count = table.template.parameterCount
        if (try? connection.prepare(table.template.sql, as: Self.statement, until: deadline)) != nil {
            let trial = BatchTrial(template: table.template, connection: connection, deadline: deadline)
            let verdict = trial.verdict(of: Self.statement)
            _ = try? connection.ask("DEALLOCATE \(Self.statement)", until: deadline)
            return "ok, \(count) parameter\(count == 1 ? "" : "s"); \(verdict)"
        }
        let key = Array("user@example.com".utf8)
        var literal: [UInt8] = []
        table.template.appendLiteralStatement(key: key.span, parts: AddressParts(key.span), into: &literal) {
            connection.appendEscaped($0, to: &$1)
        }
        do throws(ServerError) {
            try connection.prepare(String(decoding: literal, as: UTF8.self), until: deadline)
        } catch {
            // Else it is this example key that is no date, say.
            if !error.sqlState.hasPrefix("22") { throw error }
        }
        return "ok, with literals, as PostgreSQL can't tell the type of a parameter; one key a statement"
    }

    private static let statement = "mapmux_check"
}
