// The ways in which a server shows what it has analysed.

internal import EventLoop
internal import LookupTables
internal import PostgreSQL
internal import QueryPurity

extension PurityTrial {
    /// How many bytes the server may send for one analysed query.
    private static let noticeLimit = 4_194_304

    enum Way: CaseIterable {
        case view
        case statement
        case statementWithParameters
    }

    private var limits: String { time.limits(serverVersion: connection.serverVersion).sql }

    func tree(of template: QueryTemplate, by way: Way) throws(ServerError) -> TreeFacts {
        switch way {
        // Several columns of a view can't have the same name.
        case .view:
            try tree(
                ofView: """
                    CREATE TEMPORARY VIEW mapmux_purity AS SELECT 1 FROM (\(template.withoutKeys)
                    ) AS q
                    """)
        case .statement: try Self.facts(trees(ofStatement: template.withoutKeys))
        case .statementWithParameters: try Self.facts(trees(ofStatement: template.sql))
        }
    }

    /// What a view is analysed as. The view is made and not kept.
    private func tree(ofView sql: String) throws(ServerError) -> TreeFacts {
        try time.check()
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
            let trees = try connection.rows(statements, until: deadline).filter {
                $0.first == "tree" && $0.count == 3
            }
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

    /// What a statement is analysed as, with views put in. The statement is prepared for that.
    func trees(ofStatement sql: String) throws(ServerError) -> [String] {
        try time.check()
        return try shown { connection in
            connection.send([limits, Self.showing]) && connection.sendPrepare(name: "", sql: sql)
        }
    }

    /// What the body of an SQL function is analysed as, by the function's validator. The validator does not
    /// analyse functions with polymorphic parameters.
    func tree(ofBody function: UInt32) throws(ServerError) -> TreeFacts {
        try time.check()
        let validate = """
            SELECT CASE WHEN pg_catalog.set_config('check_function_bodies', 'on', true) = 'on'
                    AND pg_catalog.set_config('debug_print_rewritten', 'on', true) = 'on'
                THEN pg_catalog.fmgr_sql_validator(\(function)) END
            """
        // The settings that the function has when it is called; the settings themselves don't matter for what
        // it reaches.
        let settings = """
            SELECT pg_catalog.set_config(pg_catalog.split_part(s, '=', 1),
                pg_catalog.substr(s, pg_catalog.strpos(s, '=') + 1), true)
            FROM pg_catalog.pg_proc AS p, pg_catalog.unnest(p.proconfig) AS s WHERE p.oid = \(function)
            """
        return try Self.facts(
            // The function's own limits are for its calls.
            shown { connection in
                connection.send([limits, settings, limits, Self.listening, validate])
            })
    }

    /// What the server shows while a batch is executed.
    private func shown(_ send: (Connection) -> Bool) throws(ServerError) -> [String] {
        connection.keepNotices(upTo: Self.noticeLimit)
        do throws(ServerError) {
            _ = try connection.execute(until: deadline, send)
            guard let notices = connection.takeNotices() else {
                throw ServerError(sqlState: "54000", message: "the analysed query is too large")
            }
            return notices.filter { $0.message.hasPrefix("rewritten parse tree") }.map(\.detail)
        } catch {
            _ = connection.takeNotices()
            throw error
        }
    }

    /// - Throws: if no query is shown: that must not be taken for a query that does nothing.
    static func facts(_ trees: [String]) throws(ServerError) -> TreeFacts {
        let facts = TreeFacts(texts: trees)
        if facts.hasQuery { return facts }
        throw ServerError(sqlState: "42P17", message: "the server does not show what it has analysed")
    }

    private static let listening = """
        SELECT pg_catalog.set_config('client_min_messages', 'log', true),
            pg_catalog.set_config('debug_pretty_print', 'off', true)
        """
    private static let showing = listening + ", pg_catalog.set_config('debug_print_rewritten', 'on', true)"
}

extension Connection {
    fileprivate func send(_ statements: [String]) -> Bool {
        statements.allSatisfy { sql in sendStatement(appendSQL: { $0 += sql.utf8 }) }
    }
}
