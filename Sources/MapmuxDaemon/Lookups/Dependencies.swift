// What a connection's answers depend on besides rows.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity

/// What was found out of the schema and the settings when a connection was made.
struct Dependencies: Equatable, Sendable {
    /// The tables whose queries are known to keep nothing, or are vouched for.
    let pure: Set<Int>
    /// Those of them whose statement for many keys is worth it, as far as its plan tells.
    var takesMany: Set<Int>
    /// False where something was in the way that may be gone soon: more may be found out then.
    let isSettled: Bool
    /// SQL for one text, which is another one as soon as that may have changed, or what names mean, or the settings that a new
    /// session would have.
    let look: String
    /// What it was.
    let value: String

    /// The look's name as a prepared statement: planning it takes four times as long as executing it.
    static let lookName = "mapmux_look"
}

/// What is to be found out of a connection's dependencies.
struct DependencyQuestion: Sendable {
    /// The queries of the target's tables.
    let templates: [QueryTemplate]
    /// Those tables that are vouched for.
    let trusted: Set<Int>
    /// Whether it counts whose statement for many keys is worth it.
    let comparesPlans: Bool
    /// What was found on another connection to the host, and what its look has said last, before this connection was begun.
    let known: Dependencies?
    let latest: String?
}

/// What was found out.
struct FoundDependencies: Sendable {
    let dependencies: Dependencies
    /// False where something has changed since the connection was begun: a session has the settings of its beginning, which
    /// nobody can tell afterwards.
    let isCurrent: Bool
}

extension Connection {
    /// How often it is found out again where something has changed meanwhile.
    private static let attempts = 3

    /// Finds out what the answers on this connection depend on. To be called on a thread that may block.
    ///
    /// - Parameters:
    ///   - isPooled: whether a pooler is between: there are no statements for many keys then.
    ///   - deadline: when an answer must have come.
    /// - Returns: nil where the server does not tell.
    /// - Throws: where the connection is of no use any more.
    func findDependencies(
        _ question: DependencyQuestion, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> FoundDependencies? {
        let comparesPlans = question.comparesPlans && !isPooled
        do throws(ServerError) {
            var isCurrent = true
            if var known = question.known {
                let value = try ask(known.look, until: deadline).last
                isCurrent = value == question.latest
                if known.isSettled && value == known.value {
                    if comparesPlans {
                        // No look tells of new statistics, by which a plan may be a better one.
                        let rejected = known.pure.subtracting(known.takesMany)
                        let worth = try findWorth(of: rejected, question.templates, until: deadline)
                        known.takesMany.formUnion(rejected.filter { worth[$0] ?? false })
                    }
                    return FoundDependencies(dependencies: known, isCurrent: isCurrent)
                }
            }
            var findings = try findPurities(of: question.templates, until: deadline)
            for _ in 0..<Self.attempts {
                let look = lookSQL(for: findings)
                guard let value = try ask(look, until: deadline).last else { return nil }
                let isSettled = findings.allSatisfy(\.isSettled)
                // What is found before and after has not changed between.
                let latest = isSettled ? try findPurities(of: question.templates, until: deadline) : findings
                if latest == findings {
                    let pure = question.trusted.union(
                        findings.indices.filter { findings[$0].purity == .pure })
                    // Where that can't be told, it is measured.
                    let worth =
                        comparesPlans
                        ? try findWorth(of: pure, question.templates, until: deadline) : [:]
                    return FoundDependencies(
                        dependencies: Dependencies(
                            pure: pure, takesMany: pure.filter { worth[$0] ?? true }, isSettled: isSettled,
                            look: look, value: value),
                        isCurrent: isCurrent)
                }
                findings = latest
            }
            return nil
        } catch {
            if error.sqlState.isEmpty || isBroken { throw error }
            return nil
        }
    }
}
