// On what and under which conditions the comparison of lookups was made.

import BenchmarkReport

struct Conditions: Codable {
    let machine: Machine
    let pgbouncer: String
    let rows: Int
    let rounds: Int
    let seconds: Double
    let warmUp: Double
    let parameters: [String: String]
    let ceilingConnections: Int

    init(
        site: Site, settings: Site.Settings, rounds: Int, seconds: Double, warmUp: Double
    ) throws {
        machine = Machine(postgresql: try site.postgresqlVersion())
        pgbouncer = Machine.firstLine("pgbouncer", ["--version"])
        rows = settings.rows
        self.rounds = rounds
        self.seconds = seconds
        self.warmUp = warmUp
        parameters = settings.parameters
        ceilingConnections = settings.ceilingConnections
    }

    var text: String {
        """
        PostgreSQL \(machine.postgresql) with \(MarkdownTable.grouped(rows)) addresses, clients and all on \
        \(machine.cores) cores of \(machine.processor); Postfix \(machine.postfix), \(pgbouncer).
        """
    }
}
