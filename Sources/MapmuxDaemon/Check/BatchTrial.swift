// Whether a table's keys can be answered several at a time, tried on a server for `mapmux check`.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

struct BatchTrial {
    let template: QueryTemplate
    let connection: Connection
    let deadline: Instant

    private static let statement = "mapmux_batch"

    /// What to tell of a table whose own statement is prepared under this name.
    func verdict(of name: String) -> String {
        guard connection.hasASCIIApart else { return "one key a statement, for the encoding's sake" }
        do throws(ServerError) {
            let types = try connection.ask(QueryTemplate.arrayTypesSQL(ofStatement: name), until: deadline)
            guard let sql = template.batchSQL(arrayTypes: types) else {
                return "one key a statement, as the query can't stand in another one"
            }
            // Whatever else it may say, it must be one that can be prepared.
            try connection.prepare(sql, as: Self.statement, until: deadline)
            _ = try connection.ask("DEALLOCATE \(Self.statement)", until: deadline)
            let scans = try sequentialScans(of: sql).subtracting(sequentialScans(of: template.sql))
            if let scan = scans.min() {
                return "several keys a statement, though that makes PostgreSQL read all rows: \(scan)"
            }
            return "several keys a statement"
        } catch {
            return "one key a statement: \(error)"
        }
    }

    /// The lines of a statement's plan for any parameters that read a table from one end to the other.
    private func sequentialScans(of sql: String) throws(ServerError) -> Set<String> {
        let plan = try PlanReader(connection: connection, deadline: deadline)
            .genericPlan(of: sql, parameterCount: template.parameterCount)
        let lines = plan.map { $0.drop { $0 == " " || $0 == "-" || $0 == ">" } }
        return Set(lines.filter { $0.contains("Seq Scan on ") }.map(String.init))
    }
}
