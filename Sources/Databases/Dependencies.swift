// What a connection's answers depend on besides rows.

internal import Configuration
internal import EventLoop
package import LookupTables
package import LookupValues
package import PostgreSQL
internal import QueryPurity

/// What was found out of the schema and the settings when a connection was made.
package struct Dependencies: Equatable, Sendable {
    /// The tables whose queries are known to keep nothing, or are trusted.
    package let pure: Set<Int>
    /// Those of them whose array statement is worth it, as far as its plan tells.
    package var takesArrays: Set<Int>
    /// False if something that may be gone soon was in the way: more may be found out then.
    package let isSettled: Bool
    /// SQL for one text, which changes as soon as these dependencies may have changed, or what names mean, or
    /// the settings that a new session would have.
    package let look: String
    /// The text that the look returned.
    package let value: String

    /// The look's name as a prepared statement. It is prepared because planning it takes four times as long
    /// as executing it.
    package static let lookName = "mapmux_look"
}

/// What is to be found out about a connection's dependencies.
package struct DependencyQuestion: Sendable {
    /// The queries of the target's tables.
    package let templates: [QueryTemplate]
    /// The tables that are trusted.
    let trusted: Set<Int>
    /// Whether to find out which array statements are worth it.
    let comparesPlans: Bool
    /// What is known of the servers that connections to the host have reached.
    let known: [KnownServer]
    /// When the connection was begun.
    package var begunAt = Instant(nanoseconds: .min)

    package init(
        templates: [QueryTemplate], trusted: Set<Int>, comparesPlans: Bool, known: [KnownServer]
    ) {
        self.templates = templates
        self.trusted = trusted
        self.comparesPlans = comparesPlans
        self.known = known
    }
}

/// What was found out on a connection to a server, and what its look has returned last. Connections to one
/// host may reach several servers.
package struct KnownServer: Sendable {
    /// Differs from that of other servers.
    package let identity: String
    package let dependencies: Dependencies
    package var latestLook: String

    package init(identity: String, dependencies: Dependencies, latestLook: String) {
        self.identity = identity
        self.dependencies = dependencies
        self.latestLook = latestLook
    }

    /// The longest identity and look that are kept, together, in bytes.
    package static let longestTexts = 4_096
}

/// What was found out.
package struct FoundDependencies: Sendable {
    package let identity: String
    package let dependencies: Dependencies
    /// False if something may have changed since the connection was begun: a session has the settings of its
    /// beginning, which can't be told afterwards.
    package let isCurrent: Bool
    /// Why the server has refused to tell; nil if it has told.
    package let refusal: ServerError?

    /// Whether it is more than is kept for each of a host's servers: addresses, times and sums are expected.
    var isOverlong: Bool {
        identity.utf8.count + dependencies.value.utf8.count > KnownServer.longestTexts
    }
}

extension Connection {
    /// How often the dependencies are found out at most if something changes meanwhile.
    private static let attempts = 3
    /// If a connection to a server of which nothing is known was made within this time, in nanoseconds,
    /// nothing counts as changed meanwhile. The time is shorter than a lock is waited for.
    private static let shortly: Int64 = 250_000_000

    /// Finds out what the answers on this connection depend on. To be called on a thread that may block.
    ///
    /// - Parameters:
    ///   - isPooled: whether a pooler is between: there are no array statements then.
    ///   - deadline: when an answer must have come.
    /// - Returns: the dependencies. If not all can be told, only the trusted tables' queries count as keeping
    ///   nothing. Nil if not even settings can be asked for.
    /// - Throws: if the connection is no longer usable, or another attempt may tell.
    func findDependencies(
        _ question: DependencyQuestion, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> FoundDependencies? {
        var refusal: ServerError?
        do throws(ServerError) {
            return try find(question, isPooled: isPooled, until: deadline)
        } catch {
            if error.sqlState.isEmpty || isBroken { throw error }
            refusal = error
        }
        do throws(ServerError) {
            let look = lookSQL(for: [])
            guard let value = try askPatiently(look, until: deadline) else { return nil }
            return FoundDependencies(
                identity: "",
                dependencies: Dependencies(
                    pure: question.trusted, takesArrays: question.trusted, isSettled: false, look: look,
                    value: value),
                isCurrent: true, refusal: refusal)
        } catch {
            // Without a look, no change would be seen for a while.
            if error.sqlState.isEmpty || error.isLate || isBroken { throw error }
            return nil
        }
    }

    private func find(
        _ question: DependencyQuestion, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> FoundDependencies {
        let comparesPlans = question.comparesPlans && !isPooled
        // The time as a number: as a text it would depend on the session's TimeZone and DateStyle.
        let identity =
            try askPatiently(
                """
                SELECT pg_catalog.concat_ws(' ', pg_catalog.inet_server_addr(), pg_catalog.inet_server_port(),
                    (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint,
                    pg_catalog.current_database())
                """, until: deadline) ?? ""
        var isCurrent = MonotonicClock.now().nanoseconds - question.begunAt.nanoseconds < Self.shortly
        if let known = question.known.first(where: { $0.identity == identity }) {
            let value = try askPatiently(known.dependencies.look, until: deadline)
            isCurrent = value == known.latestLook
            var dependencies = known.dependencies
            if dependencies.isSettled && value == dependencies.value {
                if comparesPlans {
                    // No look shows new statistics, with which a plan may be better.
                    let rejected = dependencies.pure.subtracting(dependencies.takesArrays)
                    let worth = try findWorth(of: rejected, question.templates, until: deadline)
                    dependencies.takesArrays.formUnion(rejected.filter { worth[$0] ?? false })
                }
                return FoundDependencies(
                    identity: identity, dependencies: dependencies, isCurrent: isCurrent, refusal: nil)
            }
        }
        var findings = try findPurities(of: question.templates, isPooled: isPooled, until: deadline)
        var attempt = 1
        while true {
            let look = lookSQL(for: findings)
            let value = try askPatiently(look, until: deadline) ?? ""
            let isSettled = findings.allSatisfy(\.isSettled)
            // What is found the same before and after the look has not changed between.
            let latest =
                isSettled
                ? try findPurities(of: question.templates, isPooled: isPooled, until: deadline) : findings
            let isSteady = latest == findings
            if isSteady || attempt == Self.attempts {
                let found = isSteady ? findings.indices.filter { findings[$0].purity == .pure } : []
                let pure = question.trusted.union(found)
                // If plans can't tell, the times are measured.
                let worth = comparesPlans ? try findWorth(of: pure, question.templates, until: deadline) : [:]
                return FoundDependencies(
                    identity: identity,
                    dependencies: Dependencies(
                        pure: pure, takesArrays: pure.filter { worth[$0] ?? true },
                        isSettled: isSettled && isSteady, look: look, value: value),
                    isCurrent: isCurrent, refusal: nil)
            }
            findings = latest
            attempt += 1
        }
    }
}
