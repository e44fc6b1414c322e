// Asks a server whether tables' queries are pure.

internal import Configuration
internal import EventLoop
package import LookupTables
package import LookupValues
package import PostgreSQL
package import QueryPurity

extension Connection {
    /// Finds out whether a query is pure, as `findPurities` does.
    package func findPurity(
        of template: QueryTemplate, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> PurityFinding {
        try findPurities(of: [template], isPooled: isPooled, until: deadline)[0]
    }

    /// Finds out whether queries are pure. Blocks; waits for locks for a second at most in all, and leaves half of the time until
    /// the deadline to whatever comes next.
    ///
    /// PostgreSQL analyses each query, nothing is executed, and nothing is left behind. Where the role may make a temporary
    /// view, that is done in a transaction that is rolled back. Else the server is asked to show what it has analysed by
    /// debug_print_rewritten, which writes it to its log, too: some kB. That is also the way to functions whose bodies are
    /// strings.
    ///
    /// - Parameters:
    ///   - isPooled: whether a pooler is between.
    ///   - deadline: when an answer must have come.
    /// - Returns: a finding for each query. What can't be told is not pure.
    /// - Throws: without SQLSTATE where the connection is of no use any more, or nothing has come until `deadline`.
    package func findPurities(
        of templates: [QueryTemplate], isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> [PurityFinding] {
        var trial = PurityTrial(connection: self, isPooled: isPooled, deadline: deadline)
        return try trial.findings(of: templates)
    }
}

/// Analyses queries at a server, and asks its catalogs.
private struct PurityTrial {
    private let connection: Connection
    /// Whether the session may be another one with each batch. Then there are no transactions beyond one: PgBouncer in
    /// statement mode closes a connection that begins one.
    private let isPooled: Bool
    private let deadline: Instant
    /// How long locks may still be waited for, in nanoseconds: what that has taken in vain is taken off.
    private var patience: Int64 = 1_000_000_000
    /// When nothing more is analysed, so that there is time left to serve.
    private let end: Instant
    /// What is known of the catalogs' objects.
    private var graph = CatalogGraph()
    private var situation = Situation(isReadOnly: true, canMakeViews: false)

    private struct Situation {
        /// Whether transactions only read unless they say otherwise.
        let isReadOnly: Bool
        let canMakeViews: Bool
    }

    /// How long a lock may be waited for at a time, in nanoseconds.
    private static let lockPatience: Int64 = 300_000_000
    /// How many bytes the server's catalogs may still say of the queries.
    private var bytesLeft = 67_108_864
    /// How many bytes the server may say of one analysed query.
    private static let noticeLimit = 4_194_304

    init(connection: Connection, isPooled: Bool, deadline: Instant) {
        self.connection = connection
        self.isPooled = isPooled
        self.deadline = deadline
        let now = MonotonicClock.now()
        end = now.advanced(byNanoseconds: (deadline.nanoseconds - now.nanoseconds) / 2)
    }

    mutating func findings(of templates: [QueryTemplate]) throws(ServerError) -> [PurityFinding] {
        guard connection.serverVersion >= 140_000 else {
            return templates.map { .untold("PostgreSQL is older than 14", watch: $0.watch) }
        }
        try lookAround()
        var findings: [PurityFinding?] = []
        var trees: [TreeFacts?] = []
        for template in templates {
            let analysis = try analyse(template)
            trees.append(analysis.tree)
            findings.append(analysis.finding)
        }
        while true {
            var unknown: Set<CatalogObject> = []
            for (index, tree) in trees.enumerated() where findings[index] == nil {
                switch graph.walk(from: tree!, mentions: templates[index].watch) {
                case .found(let finding): findings[index] = finding
                case .unknown(let objects): unknown.formUnion(objects)
                }
            }
            if unknown.isEmpty { return findings.compactMap(\.self) }
            try learn(unknown)
        }
    }

    private mutating func lookAround() throws(ServerError) {
        let values = try connection.ask(
            """
            SELECT pg_catalog.current_setting('default_transaction_read_only'),
                (NOT pg_catalog.pg_is_in_recovery()
                    AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP'))::text
            """, until: deadline)
        guard values.count == 2 else { return }
        situation = Situation(isReadOnly: values[0] == "on", canMakeViews: values[1] == "true")
    }

    // MARK: Analysing

    private struct Analysis {
        var tree: TreeFacts?
        var finding: PurityFinding?
    }

    /// Has the server analyse a query.
    private mutating func analyse(_ template: QueryTemplate) throws(ServerError) -> Analysis {
        guard template.beginsAsReading else {
            let purity = Purity.impure(reason: "it is no SELECT, VALUES or TABLE")
            return Analysis(finding: PurityFinding(purity: purity, watch: template.watch.onlyASCII()))
        }
        var error: ServerError?
        for way in Way.allCases where way != .view || situation.canMakeViews {
            let begin = MonotonicClock.now()
            do throws(ServerError) {
                return Analysis(tree: try tree(of: template, by: way))
            } catch let refusal {
                if refusal.sqlState.isEmpty || connection.isBroken { throw refusal }
                // The last one says most of the query as it is.
                error = refusal
                if refusal.isLate {
                    noteWaiting(since: begin)
                    break
                }
            }
        }
        let refusal = error!
        // Whose names are not in the client's encoding: character_not_in_repertoire, untranslatable_character.
        let isUnreadable = ["22021", "22P05"].contains(refusal.sqlState)
        let watch = isUnreadable ? template.watch.onlyASCII() : template.watch
        return Analysis(finding: .untold(refusal.message, isSettled: !refusal.isLate, watch: watch))
    }

    private enum Way: CaseIterable {
        case view
        case statement
        case statementWithParameters
    }

    private func tree(of template: QueryTemplate, by way: Way) throws(ServerError) -> TreeFacts {
        switch way {
        // Several columns of a view can't have the same name.
        case .view:
            try tree(
                ofView: """
                    CREATE TEMPORARY VIEW mapmux_purity AS SELECT 1 FROM (\(template.withoutKeys)
                    ) AS q
                    """)
        case .statement: try tree(ofStatement: template.withoutKeys)
        case .statementWithParameters: try tree(ofStatement: template.sql)
        }
    }

    /// What a view comes to, which is made and not kept.
    private func tree(ofView sql: String) throws(ServerError) -> TreeFacts {
        try limitWaiting()
        let begin =
            isPooled
            ? (situation.isReadOnly ? ["SET transaction_read_only = off"] : []) : ["BEGIN READ WRITE"]
        let statements =
            begin + [
                limits, sql,
                """
                SELECT 'tree', ev_action::text, ev_class::pg_catalog.oid::text FROM pg_catalog.pg_rewrite
                WHERE ev_class = 'pg_temp.mapmux_purity'::pg_catalog.regclass
                """,
                "ROLLBACK",
            ]
        do throws(ServerError) {
            let trees = try rows(of: statements).filter { $0.first == "tree" && $0.count == 3 }
            var facts = try Self.facts(trees.map { $0[1] })
            for tree in trees { UInt32(tree[2]).map { facts.forget(relation: $0) } }
            return facts
        } catch {
            // Through a pooler, the batch was the transaction.
            if !error.sqlState.isEmpty && !isPooled {
                _ = try connection.ask("ROLLBACK", until: deadline)
            }
            throw error
        }
    }

    /// What a statement comes to, which is prepared.
    private func tree(ofStatement sql: String) throws(ServerError) -> TreeFacts {
        try limitWaiting()
        return try shown { connection in
            connection.send([limits, Self.showing]) && connection.sendPrepare(name: "", sql: sql)
        }
    }

    /// What the body of an SQL function comes to, which the function's validator analyses. For functions with polymorphic
    /// parameters it doesn't.
    private func tree(ofBody function: UInt32) throws(ServerError) -> TreeFacts {
        try limitWaiting()
        let validate = """
            SELECT CASE WHEN pg_catalog.set_config('check_function_bodies', 'on', true) = 'on'
                    AND pg_catalog.set_config('debug_print_rewritten', 'on', true) = 'on'
                THEN pg_catalog.fmgr_sql_validator(\(function)) END
            """
        // As the function has it when it is called; the settings themselves make no difference to what it reaches.
        let settings = """
            SELECT pg_catalog.set_config(pg_catalog.split_part(s, '=', 1),
                pg_catalog.substr(s, pg_catalog.strpos(s, '=') + 1), true)
            FROM pg_catalog.pg_proc AS p, pg_catalog.unnest(p.proconfig) AS s WHERE p.oid = \(function)
            """
        return try shown { connection in
            connection.send([limits, settings, Self.listening, validate])
        }
    }

    /// What the server shows while a batch is executed.
    private func shown(_ send: (Connection) -> Bool) throws(ServerError) -> TreeFacts {
        connection.keepNotices(upTo: Self.noticeLimit)
        let trees: [String]
        do throws(ServerError) {
            _ = try connection.execute(until: deadline, send)
            guard let notices = connection.takeNotices() else {
                throw ServerError(sqlState: "54000", message: "the analysed query is too large")
            }
            trees = notices.filter { $0.message.hasPrefix("rewritten parse tree") }.map(\.detail)
        } catch {
            _ = connection.takeNotices()
            throw error
        }
        return try Self.facts(trees)
    }

    /// - Throws: where there is no query to be seen: nothing must be taken for one that does nothing.
    private static func facts(_ trees: [String]) throws(ServerError) -> TreeFacts {
        let facts = TreeFacts(texts: trees)
        if facts.hasQuery { return facts }
        throw ServerError(sqlState: "42P17", message: "the server does not show what it has analysed")
    }

    private static let listening = """
        SELECT pg_catalog.set_config('client_min_messages', 'log', true),
            pg_catalog.set_config('debug_pretty_print', 'off', true)
        """
    private static let showing = listening + ", pg_catalog.set_config('debug_print_rewritten', 'on', true)"

    /// Has the server wait in this transaction no longer than there is patience left.
    private var limits: String {
        let rest = max(1, patience / 1_000_000)
        // A stricter one of the role's is for statements that are executed. To look for it takes longer than to analyse.
        return """
            SELECT pg_catalog.set_config('statement_timeout', '\(rest)ms', true),
                pg_catalog.set_config('lock_timeout', '\(min(rest, Self.lockPatience / 1_000_000))ms', true)
            """
    }

    /// - Throws: lock_not_available where no patience is left, query_canceled where no time is.
    private func limitWaiting() throws(ServerError) {
        if patience <= 0 {
            throw ServerError(sqlState: "55P03", message: "other tables have been waited for too long")
        }
        if MonotonicClock.now() >= end {
            throw ServerError(sqlState: "57014", message: "to find out about other tables took too long")
        }
    }

    private mutating func noteWaiting(since begin: Instant) {
        patience -= MonotonicClock.now().nanoseconds - begin.nanoseconds
    }

    // MARK: Catalogs

    private mutating func learn(_ objects: Set<CatalogObject>) throws(ServerError) {
        graph.note(objects)
        let queries = CatalogQueries.facts(of: objects, version: connection.serverVersion)
        if !queries.isEmpty {
            let path = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"
            for row in try rows(of: [path] + queries) {
                bytesLeft -= row.reduce(0) { $0 + $1.utf8.count }
                if bytesLeft < 0 {
                    throw ServerError(sqlState: "54000", message: "the catalogs say too much of the queries")
                }
                guard let (object, fact) = CatalogFact.read(row) else { continue }
                graph.learn(fact, of: object)
            }
        }
        for object in objects.sorted() where object.kind == .functionBody {
            let begin = MonotonicClock.now()
            do throws(ServerError) {
                graph.learn(.tree(try tree(ofBody: object.oid)), of: object)
            } catch {
                if error.sqlState.isEmpty || connection.isBroken { throw error }
                if error.isLate { noteWaiting(since: begin) }
                graph.learn(.untold(error.message, isSettled: !error.isLate), of: object)
            }
        }
    }

    /// The rows of several statements, which are sent as one batch.
    private func rows(of statements: [String]) throws(ServerError) -> [[String]] {
        try connection.execute(until: deadline) { $0.send(statements) }
            .map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }
}

extension Connection {
    fileprivate func send(_ statements: [String]) -> Bool {
        statements.allSatisfy { sql in sendStatement(appendSQL: { $0 += sql.utf8 }) }
    }
}

extension ServerError {
    /// lock_not_available, query_canceled: it may go better another time.
    fileprivate var isLate: Bool { ["55P03", "57014"].contains(sqlState) }
}

extension QueryTemplate {
    /// What its own text mentions.
    fileprivate var watch: SchemaWatch { SchemaWatch(SQLMentions(sql)) }
}
