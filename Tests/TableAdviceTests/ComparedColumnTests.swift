// Which columns a plan compares with the key as they are.

import Testing

@testable import TableAdvice

@Suite("Columns compared with the key")
struct ComparedColumnTests {
    private func advice(_ condition: String, name: String = "Index Cond") throws -> PlanAdvice {
        let plan = try #require(
            PlanNode(explained: ["Index Scan using users_pkey on public.users u", "  \(name): \(condition)"]))
        return PlanAdvice(plan: plan, relations: Plans.relations(), keys: .parameters)
    }

    private func columns(_ condition: String, name: String = "Index Cond") throws -> [String] {
        try advice(condition, name: name).comparedColumns.map {
            "\($0.relation) \($0.column)\($0.isCast ? " cast" : "")"
        }
    }

    @Test("A column by itself, on either side, under PostgreSQL's own cast, among others")
    func plain() throws {
        for (condition, cast) in [
            ("((u.username)::text = $1)", " cast"), ("(u.username = $1)", ""),
            ("($1 = (u.username)::text)", " cast"), ("((u.username = $1) AND (lower(u.domain) = $2))", ""),
        ] {
            let expected = ["public.users username\(cast)"]
            #expect(try columns(condition) == expected, "\(condition)")
            #expect(try columns(condition, name: "Filter") == expected, "\(condition)")
        }
        #expect(try columns("(u.\"Odd = Name\" = $1)") == ["public.users \"Odd = Name\""])
    }

    @Test("No column that is lowered, cast otherwise or compared otherwise")
    func others() throws {
        for condition in [
            "(lower((u.username)::text) = $1)", "((u.username)::citext = $1)", "((u.username)::text ~~ $1)",
            "(u.active = 1)", "(u.username = u.domain)",
            "((u.username)::text = lower($1)) OR u.active",
        ] {
            #expect(try columns(condition) == [], "\(condition)")
        }
    }

    @Test("Of any other comparison with the key it is said that its rows are not counted")
    func uncounted() throws {
        for condition in [
            "((((u.username)::text || '@'::text) || (u.domain)::text) = $1)", "((u.username)::text ~~ $1)",
            "(($1 = (u.username)::text) OR u.active)",
        ] {
            let findings = try advice("(\(condition) AND (u.domain = $2))").uncountedComparisons
            #expect(findings.count == 1 && findings[0].severity == .note, "\(condition)")
            #expect(findings[0].message.contains("rows of public.users with upper case"))
        }
        for condition in ["(lower((u.username)::text) = $1)", "(u.username = $1)", "(u.active = 1)"] {
            #expect(try advice(condition).uncountedComparisons == [], "\(condition)")
        }
    }

    @Test("The count is in the warning, and none is no warning")
    func finding() {
        let column = ComparedColumn(relation: "public.users", column: "username", isCast: true)
        #expect(column.finding(rows: 0) == nil)
        #expect(column.finding(rows: 1)?.message.hasPrefix("found 1 row of public.users with") == true)
        #expect(column.finding(rows: 2)?.code == .upperCaseRows)
        #expect(column.uncounted(because: "no time").severity == .note)
    }
}
