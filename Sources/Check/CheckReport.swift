// The findings of `mapmux check`, as values and as JSON.

internal import DaemonLog
internal import LookupTables
internal import TableAdvice

/// The result of a check, from good to bad.
package enum CheckResult: String, CaseIterable, Comparable, Sendable, Codable {
    case good = "ok"
    /// A host can't be connected to, or a query can't be prepared or executed, or fails for any key.
    case temporaryFailure = "temporary-failure"
    case configurationError = "configuration-error"

    package static func < (left: CheckResult, right: CheckResult) -> Bool {
        allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
    }
}

/// Everything that a check has found. mapmux(8) describes this as the output of `check --json`. No password of a login is
/// in it. A query is shown as it stands in its file, including any secret in it, for example for dblink().
package struct CheckReport: Equatable, Sendable, Codable {
    /// Something to mend, or to look at.
    package struct Problem: Equatable, Sendable, Codable {
        package enum Severity: String, Sendable, Codable {
            /// The only severity that the exit status shows.
            case error
            case warning
            case note
        }

        package let severity: Severity
        /// What kind of problem it is, for programs; nil if none of the names fits.
        package let code: String?
        package let file: String
        package let line: Int?
        package let message: String

        /// `FILE:LINE: message`, followed by the severity unless that is `error`.
        package var description: String {
            let place = line.map { "\(file):\($0)" } ?? file
            return "\(place): \(message)" + (severity == .error ? "" : " (\(severity.rawValue))")
        }
    }

    /// A database, and the hosts that are asked for it.
    package struct Database: Equatable, Sendable, Codable {
        package struct Host: Equatable, Sendable, Codable {
            package let host: String
            /// Why it can't be connected to.
            package var error: String?
            package var isSuperuser: Bool?
            package var isStandby: Bool?
            /// Seconds; nil if unknown.
            package var lag: Double?

            private enum CodingKeys: String, CodingKey {
                case host, error
                case isSuperuser = "is_superuser"
                case isStandby = "is_standby"
                case lag = "lag_seconds"
            }
        }

        package let database: String?
        package let user: String?
        package var hosts: [Host] = []
    }

    /// How keys reach the query.
    package enum Form: String, Sendable, Codable {
        case parameters
        case literals
    }

    /// A table's file, and its results at the hosts.
    package struct Table: Equatable, Sendable, Codable {
        package struct Host: Equatable, Sendable, Codable {
            package let host: String
            /// Why the query can't be prepared or executed there.
            package var error: String?
            /// Whether the query is known to have no lasting effect.
            package var isPure: Bool?
            /// Why it may have one.
            package var impurity: String?
            /// Whether it has answered for a key that can't exist.
            package var isTried: Bool?
            /// Why it was not asked for such a key.
            package var objection: String?

            private enum CodingKeys: String, CodingKey {
                case host, error
                case isPure = "pure"
                case impurity
                case isTried = "tried"
                case objection = "not_tried"
            }
        }

        /// The names that it has in `maps`.
        package let maps: [String]
        package let file: String
        /// The line of the query.
        package let line: Int?
        /// An index into `databases`.
        package let database: Int
        /// One line for people.
        package var verdict = ""
        package var form: Form?
        /// As sent; with an example of a key if the form is literals.
        package var sql: String
        /// As PostgreSQL names them; nil if unknown.
        package var parameterTypes: [String]?
        /// Whether several keys go in one array statement.
        package var batch: String?
        /// Whether lookups share transactions with others, or each has its own, and why.
        package var purity: String?
        /// The plan at the first host that has prepared the query.
        package var plan: String?
        package var hosts: [Host] = []

        private enum CodingKeys: String, CodingKey {
            case maps, file, line, database, verdict, form, sql
            case parameterTypes = "parameter_types"
            case batch, purity, plan, hosts
        }
    }

    package var status = CheckResult.good
    package var problems: [Problem] = []
    package var databases: [Database] = []
    /// In the order of databases.
    package var tables: [Table] = []

    package init() {}

    /// Adds a problem of a file that is no table's. With an error, lookups fail.
    package mutating func add(_ severity: Problem.Severity, _ code: String, _ file: String, _ message: String)
    {
        if severity == .error { status = max(status, .temporaryFailure) }
        problems.append(Problem(severity: severity, code: code, file: file, line: nil, message: message))
    }

    /// As JSON, for programs.
    package func json() -> [UInt8] { encoded(self, isPretty: true) }
}

extension CheckReport.Problem {
    init(_ diagnostic: Diagnostic) {
        let severity: Severity =
            switch diagnostic.severity {
            case .warning: .warning
            case .error: .error
            }
        self.init(
            severity: severity, code: diagnostic.code?.rawValue, file: diagnostic.file, line: diagnostic.line,
            message: diagnostic.message)
    }

    init(_ finding: Finding, file: String, line: Int?) {
        let severity: Severity =
            switch finding.severity {
            case .warning: .warning
            case .note: .note
            }
        self.init(
            severity: severity, code: finding.code.rawValue, file: file, line: line, message: finding.message)
    }
}
