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
    /// - Parameter deadline: when an answer must have come.
    /// - Returns: nil where the server does not tell.
    /// - Throws: where the connection is of no use any more.
    func findDependencies(
        _ question: DependencyQuestion, until deadline: Instant
    ) throws(ServerError) -> FoundDependencies? {
        do throws(ServerError) {
            var isCurrent = true
            if let known = question.known {
                let value = try ask(known.look, until: deadline).last
                isCurrent = value == question.latest
                if known.isSettled && value == known.value {
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
                    let pure = findings.indices.filter { findings[$0].purity == .pure }
                    return FoundDependencies(
                        dependencies: Dependencies(
                            pure: question.trusted.union(pure), isSettled: isSettled, look: look, value: value
                        ),
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
