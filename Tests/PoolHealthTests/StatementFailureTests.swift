// Tests of what a server's error codes are taken for.

import PoolHealth
import Testing

@Suite("Statement failures")
struct StatementFailureTests {
    @Test(
        "An SQLSTATE says what to do about a statement",
        arguments: [
            ("26000", .statementMissing), ("42P05", .statementMissing), ("57014", .other), ("40001", .other),
            ("42P18", .parametersImpossible), ("42883", .parametersImpossible),
            ("22P02", .parametersImpossible),
            ("0A000", .parametersImpossible), ("42601", .parametersImpossible),
            ("42P01", .other), ("42703", .other), ("42501", .other), ("3F000", .other),
            ("57P01", .other), ("53200", .other), ("XX000", .other), ("", .other), ("4", .other),
        ] as [(String, StatementFailure.Kind)])
    func sqlState(_ sqlState: String, _ kind: StatementFailure.Kind) {
        #expect(StatementFailure(sqlState: sqlState).kind == kind)
    }

    @Test("What took too long may be otherwise the next time")
    func lateness() {
        for state in ["55P03", "57014"] { #expect(StatementFailure(sqlState: state).isLate) }
        for state in ["", "42P01", "57P01", "22P02"] { #expect(!StatementFailure(sqlState: state).isLate) }
    }
}
