// What blocks, on threads of their own, with a connection that is lent to them.

internal import AnswerCache
package import ChangeTriggers
internal import Databases
internal import EventLoop
package import LookupTables
package import LookupValues
package import PostgreSQL

/// Finds out on a connection what these queries depend on, and whether changes of it are notified; blocks.
package typealias Analysis =
    @Sendable (Connection, [QueryTemplate], Instant) throws(ServerError) -> NotificationFindings

/// What was found out on a connection.
struct Findings {
    let findings: NotificationFindings
    let writers: [String]
}

/// Runs analyses.
final class Errands: EventHandler {
    /// A connection on its way to a thread, or back. Only one thread uses it at a time.
    private struct Loan: @unchecked Sendable {
        let number: Int
        let connection: Connection
        /// Nil until it is on its way back.
        let result: Result<Findings, ServerError>?

        func returned(_ result: Result<Findings, ServerError>) -> Loan {
            Loan(number: number, connection: connection, result: result)
        }
    }

    /// How long an analysis may take, in nanoseconds.
    private static let patience: Int64 = 20_000_000_000

    private let reports: Mailbox<Loan>
    private var completions: [Int: (Connection, Result<Findings, ServerError>) -> Void] = [:]
    private var count = 0

    init(loop: EventLoop) throws(SystemError) {
        reports = try Mailbox()
        _ = try loop.register(reports.descriptor, for: .readable, handler: self)
    }

    /// Lends a connection, which `completion` gets back, from the loop.
    func analyse(
        _ templates: [QueryTemplate], on connection: Connection, _ analyse: @escaping Analysis,
        completion: @escaping (Connection, Result<Findings, ServerError>) -> Void
    ) {
        count += 1
        completions[count] = completion
        let loan = Loan(number: count, connection: connection, result: nil)
        do throws(SystemError) {
            try startThread(named: "analyse") { [reports] in
                reports.post(loan.returned(Errands.run(templates, loan.connection, analyse)))
            }
        } catch {
            let error = ServerError(sqlState: "", message: "no thread to ask on: \(error)")
            reports.post(loan.returned(.failure(error)))
        }
    }

    private static func run(
        _ templates: [QueryTemplate], _ connection: Connection, _ analyse: Analysis
    ) -> Result<Findings, ServerError> {
        let deadline = MonotonicClock.now().advanced(byNanoseconds: patience)
        do throws(ServerError) {
            let findings = try analyse(connection, templates, deadline)
            let relations = findings.provenRelations
            let rows =
                relations.isEmpty
                ? [] : try connection.rowsPatiently([ListenerSQL.writers(of: relations)], until: deadline)
            let writers = rows.flatMap(\.self)
            return .success(Findings(findings: findings, writers: writers))
        } catch {
            return .failure(error)
        }
    }

    func descriptorReady(_ readiness: Readiness) {
        for loan in reports.take() {
            completions.removeValue(forKey: loan.number)?(loan.connection, loan.result!)
        }
    }
}

extension NotificationFindings {
    /// The relations of proven tables, by OID.
    var provenRelations: [UInt32] {
        Set(
            tables.flatMap { table -> [UInt32] in
                guard case .proven = table.verdict else { return [] }
                return table.needs.map(\.relation)
            }
        ).sorted()
    }
}
