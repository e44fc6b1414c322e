// Asks a server whether tables' queries are pure.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity

/// Analyses queries at a server, and asks its catalogs.
struct PurityTrial {
    let connection: Connection
    /// Whether the session may be another one with each batch. Then there are no transactions beyond one: PgBouncer in
    /// statement mode closes a connection that begins one.
    let isPooled: Bool
    let deadline: Instant
    private(set) var time: AnalysisTime
    /// What is known of the catalogs' objects.
    private var graph = CatalogGraph()
    private(set) var situation = Situation(isReadOnly: true, canMakeViews: false)

    struct Situation {
        /// Whether transactions only read unless they say otherwise.
        let isReadOnly: Bool
        let canMakeViews: Bool
    }

    /// How many bytes of the server's catalogs may still be read for the queries.
    private var bytesLeft = 67_108_864

    init(connection: Connection, isPooled: Bool, deadline: Instant) {
        self.connection = connection
        self.isPooled = isPooled
        self.deadline = deadline
        time = AnalysisTime(until: deadline)
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
        let question = """
            SELECT pg_catalog.current_setting('default_transaction_read_only'),
                (NOT pg_catalog.pg_is_in_recovery()
                    AND pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP'))::text
            """
        let values = try connection.rowsPatiently([question], until: deadline).last ?? []
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
                // The last way's error says most about the query as it is.
                error = refusal
                if refusal.isLate {
                    time.noteWaiting(since: begin)
                    break
                }
            }
        }
        let refusal = error!
        // The query's names are not in the client's encoding: character_not_in_repertoire,
        // untranslatable_character.
        let isUnreadable = ["22021", "22P05"].contains(refusal.sqlState)
        let watch = isUnreadable ? template.watch.onlyASCII() : template.watch
        return Analysis(finding: .untold(refusal.message, isSettled: !refusal.isLate, watch: watch))
    }

    // MARK: Catalogs

    private mutating func learn(_ objects: Set<CatalogObject>) throws(ServerError) {
        graph.note(objects)
        let queries = CatalogQueries.facts(of: objects, version: connection.serverVersion)
        if !queries.isEmpty {
            let path = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"
            for row in try connection.rowsPatiently([path] + queries, until: deadline) {
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
                if error.isLate { time.noteWaiting(since: begin) }
                graph.learn(.untold(error.message, isSettled: !error.isLate), of: object)
            }
        }
    }
}

extension QueryTemplate {
    /// What the query's own text mentions.
    var watch: SchemaWatch { SchemaWatch(SQLMentions(sql)) }
}
