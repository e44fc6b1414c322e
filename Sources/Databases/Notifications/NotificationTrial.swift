// Finds out at a server which queries' changes triggers tell.

internal import ChangeTriggers
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity

struct NotificationTrial {
    let connection: Connection
    /// Whether a pooler is between: triggers can be looked at there, though nothing can be heard.
    let isPooled: Bool
    let deadline: Instant

    /// How often all is found out at most if something changes meanwhile.
    private static let attempts = 3

    /// How many tables a query may depend on, their partitions included: the look, several times a second, goes through all.
    private static let mostRelations = 300

    /// What was found out of one query.
    private struct Analysis: Equatable {
        let finding: NotificationFinding
        /// Of the relations that it reads; nil if it is not known which.
        let facts: DependencyFacts?
        let watch: SchemaWatch
        let isSettled: Bool
    }

    func findings(of templates: [QueryTemplate]) throws(ServerError) -> NotificationFindings {
        var analyses = try analyse(templates)
        var attempt = 1
        while true {
            let look = SchemaWatch(joining: analyses.map(\.watch)).query
            let value = try connection.askPatiently(look, until: deadline) ?? ""
            // What is found the same before and after the look has not changed between.
            let latest = try analyse(templates)
            if latest == analyses {
                return NotificationFindings(
                    tables: analyses.map(\.finding), look: look, value: value,
                    isSettled: analyses.allSatisfy(\.isSettled))
            }
            if attempt == Self.attempts {
                let unproven = latest.map { analysis in
                    NotificationFinding(
                        verdict: .unproven(reason: "the schema changes while it is looked at"),
                        needs: analysis.finding.needs)
                }
                return NotificationFindings(tables: unproven, look: look, value: value, isSettled: false)
            }
            analyses = latest
            attempt += 1
        }
    }

    func scripts(
        for templates: [QueryTemplate], includesAll: Bool
    ) throws(ServerError) -> (findings: [NotificationFinding], scripts: [TriggerScript]) {
        let analyses = try analyse(templates)
        var needs: [UInt32: [RelationNeeds]] = [:]
        var facts: [UInt32: DependencyFacts] = [:]
        for analysis in analyses {
            for need in analysis.finding.needs {
                needs[need.relation, default: []].append(need)
                facts[need.relation] = analysis.facts
            }
        }
        let scripts = needs.sorted { $0.key < $1.key }.compactMap { relation, needs -> TriggerScript? in
            guard let facts = facts[relation] else { return nil }
            let isThere = needs.allSatisfy { facts.shortcoming(for: $0) == nil }
            return isThere && !includesAll ? nil : TriggerScript(telling: needs, facts)
        }
        return (analyses.map(\.finding), scripts)
    }

    // MARK: One query

    private func analyse(_ templates: [QueryTemplate]) throws(ServerError) -> [Analysis] {
        var trial = PurityTrial(connection: connection, isPooled: isPooled, deadline: deadline)
        let purities = try trial.findings(of: templates)
        var analyses: [Analysis] = []
        for (template, purity) in zip(templates, purities) {
            do throws(ServerError) {
                analyses.append(try analyse(template, purity, trial))
            } catch {
                if error.sqlState.isEmpty || connection.isBroken { throw error }
                let reason = "it could not be told: \(error.message.prefix(200))"
                analyses.append(Self.untellable(reason, purity, isSettled: !error.isLate))
            }
        }
        return analyses
    }

    private static func untellable(
        _ reason: String, _ purity: PurityFinding, isSettled: Bool, needs: [RelationNeeds] = []
    ) -> Analysis {
        Analysis(
            finding: NotificationFinding(verdict: .untellable(reason: reason), needs: needs), facts: nil,
            watch: purity.watch, isSettled: isSettled && purity.isSettled)
    }

    private func analyse(
        _ template: QueryTemplate, _ purity: PurityFinding, _ trial: PurityTrial
    ) throws(ServerError) -> Analysis {
        if case .impure(let reason) = purity.purity {
            return Self.untellable(reason, purity, isSettled: true)
        }
        let texts = try rewritten(template, trial)
        let tree = try PurityTrial.facts(texts)
        let dependencies = QueryDependencies(texts: texts)
        let facts = try learn(dependencies, tree)
        if facts.family.count > Self.mostRelations {
            let reason =
                "it depends on \(facts.family.count) tables and partitions, more than \(Self.mostRelations)"
            return Self.untellable(reason, purity, isSettled: true)
        }
        let watch = purity.watch.notifying(of: facts.family, by: facts.triggerFunctions)
        func analysis(_ verdict: NotificationFinding.Verdict, _ needs: [RelationNeeds] = []) -> Analysis {
            Analysis(
                finding: NotificationFinding(verdict: verdict, needs: needs), facts: facts, watch: watch,
                isSettled: purity.isSettled)
        }
        if let reason = tree.impurity { return analysis(.untellable(reason: reason)) }
        if let node = tree.unknownNode {
            return analysis(.untellable(reason: "\(node) is a node of an unknown kind"))
        }
        switch dependencies.resolve(
            facts, sameTexts: template.sameTexts, takesKeys: connection.encoding == "UTF8")
        {
        case .untellable(let reason): return analysis(.untellable(reason: reason))
        case .needs(let needs, let key):
            let shortcoming = needs.lazy.compactMap { facts.shortcoming(for: $0) }.first
            return analysis(shortcoming.map { .unproven(reason: $0) } ?? .proven(key: key), needs)
        }
    }

    /// The query as analysed with its parameters; if the server can't tell their types, with NULL in their places: then it is
    /// sent with literals, and all rows count.
    private func rewritten(_ template: QueryTemplate, _ trial: PurityTrial) throws(ServerError) -> [String] {
        do throws(ServerError) {
            return try trial.trees(ofStatement: template.sql)
        } catch {
            if error.sqlState.isEmpty || error.isLate || connection.isBroken { throw error }
        }
        return try trial.trees(ofStatement: template.withoutKeys)
    }

    static let path = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)"

    private func learn(
        _ dependencies: QueryDependencies, _ tree: TreeFacts
    ) throws(ServerError) -> DependencyFacts {
        func oids(_ kind: CatalogObject.Kind) -> Set<UInt32> {
            Set(tree.reached.filter { $0.kind == kind }.map(\.oid))
        }
        let queries = DependencyQueries.facts(
            relations: Set(dependencies.relations.keys), functions: oids(.function),
            operators: oids(.operator),
            types: dependencies.types.union(dependencies.readTypes), collations: dependencies.collations)
        var facts = DependencyFacts()
        for row in try connection.rowsPatiently([Self.path] + queries, until: deadline) { facts.learn(row) }
        return facts
    }
}
