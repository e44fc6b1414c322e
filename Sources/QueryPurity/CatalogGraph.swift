// Decides whether a query is pure, from what is known of all that it reaches.

package struct CatalogGraph: Sendable {
    private var facts: [CatalogObject: [CatalogFact]] = [:]

    package init() {}

    /// What a walk from a query comes to.
    package enum Step: Equatable {
        /// Nothing can be said before these are known.
        case unknown(Set<CatalogObject>)
        case found(PurityFinding)
    }

    /// How many objects a query may reach before it is given up.
    private static let greatestCount = 10_000

    /// Notes that these objects have been asked for; what is not `learn`ed of them is not so.
    package mutating func note(_ objects: Set<CatalogObject>) {
        for object in objects where facts[object] == nil { facts[object] = [] }
    }

    package mutating func learn(_ fact: CatalogFact, of object: CatalogObject) {
        facts[object, default: []].append(fact)
    }

    /// Goes from a query to all that it reaches.
    ///
    /// - Parameters:
    ///   - tree: the query's.
    ///   - mentions: what its text mentions.
    package func walk(from tree: TreeFacts, mentions: SchemaWatch) -> Step {
        var watch = mentions
        var open = tree.reached.map { Visit(object: $0, surroundings: Surroundings()) }
        var seen = Set(open)
        var unknown: Set<CatalogObject> = []
        var impurities = Self.impurities(of: tree)
        var isSettled = true
        while let visit = open.popLast() {
            let object = visit.object
            watch.insert(object)
            guard let facts = facts[object] else {
                unknown.insert(object)
                continue
            }
            if facts.isEmpty { impurities.append(Impurity(untold: "something is gone that it reaches")) }
            for fact in facts {
                var reached: Set<CatalogObject> = []
                let below = visit.surroundings.inside(facts)
                switch fact {
                case .reaches(let other): reached = [other]
                case .tree(let tree):
                    reached = tree.reached
                    impurities += Self.impurities(of: tree)
                case .parent(let oid): watch.insert(parent: oid)
                case .relation(let relation):
                    if relation.kind == "f" {
                        impurities.append(Impurity("\(relation.name) is a foreign table"))
                    }
                case .function(let function):
                    if let impurity = function.impurity {
                        impurities.append(Impurity(impurity))
                    } else if let doubt = function.doubt(in: visit.surroundings) {
                        impurities.append(Impurity(doubt))
                    } else if function.isTextual {
                        reached = [CatalogObject(.functionBody, object.oid)]
                    }
                    if function.isTextual { watch.insert(textOf: function) }
                case .untold(let reason, let told):
                    impurities.append(Impurity(untold: reason))
                    isSettled = isSettled && told
                }
                for other in reached where !(other.kind == .type && other.isPostgreSQLsOwn) {
                    let next = Visit(object: other, surroundings: below)
                    if seen.insert(next).inserted { open.append(next) }
                }
            }
        }
        guard seen.count <= Self.greatestCount else {
            return .found(.untold("it reaches more than \(Self.greatestCount) objects", watch: watch))
        }
        if !watch.isComplete { impurities.append(Impurity(untold: "a text can't be taken apart")) }
        // Even if it is impure already: the reason and the watch must not depend on what else has been asked for.
        if !unknown.isEmpty { return .unknown(unknown) }
        guard let reason = impurities.min(by: { $0 < $1 }) else {
            return .found(PurityFinding(purity: .pure, watch: watch))
        }
        return .found(
            PurityFinding(
                purity: .impure(reason: reason.text), isSettled: isSettled || reason.isKnown, watch: watch))
    }

    private static func impurities(of tree: TreeFacts) -> [Impurity] {
        if let impurity = tree.impurity { return [Impurity(impurity)] }
        return tree.unknownNode.map { [Impurity(untold: "\($0) is a node of an unknown kind")] } ?? []
    }
}

/// An object that a query reaches, and where.
private struct Visit: Hashable {
    let object: CatalogObject
    let surroundings: Surroundings
}

/// How something is evaluated, other than a query itself: the functions around it count. Each body is analysed as the
/// login, in the session's search path or the function's own.
struct Surroundings: Hashable {
    /// A search path that a function sets.
    var hasOtherPath = false
    /// As the owner of a function.
    var hasOtherRole = false

    /// What it is inside of an object.
    func inside(_ facts: [CatalogFact]) -> Surroundings {
        var inside = self
        for case .function(let function) in facts {
            if function.path != nil { inside.hasOtherPath = true }
            if function.isSecurityDefiner { inside.hasOtherRole = true }
        }
        return inside
    }
}

/// Why a query is not pure, in words.
private struct Impurity: Comparable {
    let text: String
    /// Whether it is so; else it could not be told.
    let isKnown: Bool

    init(_ text: String) {
        self.text = text
        isKnown = true
    }

    init(untold reason: some StringProtocol) {
        text = "it could not be told: \(reason.prefix(200))"
        isKnown = false
    }

    /// The ones to be said come first: what is known, and what is short. What is said must not depend on the order of a set.
    static func < (left: Impurity, right: Impurity) -> Bool {
        if left.isKnown != right.isKnown { return left.isKnown }
        return (left.text.utf8.count, left.text) < (right.text.utf8.count, right.text)
    }
}

extension CatalogFunction {
    /// Whether it is an SQL function whose body must be analysed.
    var isTextual: Bool {
        language == "sql" && !hasAnalysedBody && !(isBrought && Self.casting.contains(name))
    }

    /// SQL functions of PostgreSQL that are polymorphic, so that they can't be analysed, such as those of `text || any`. They
    /// do nothing but cast to text, which a type reaches.
    private static let casting: Set<String> = ["textanycat", "anytextcat", "quote_literal", "quote_nullable"]

    /// Why calling it may leave something behind, in words; nil where it can't, or only by what its body reaches.
    var impurity: String? {
        let call = name + "()"
        guard volatility != "v" else {
            if isBrought && Self.changing.contains(name) {
                return "\(call) may answer differently each time"
            }
            return isBrought ? "\(call) may keep something" : "\(call) may keep something (it is VOLATILE)"
        }
        switch language {
        // An aggregate is what its parts are.
        case "internal" where source == "aggregate_dummy": return nil
        case "internal", "c":
            if Self.executing.contains(source) { return "\(call) executes a query that it is given" }
            if Self.typing.contains(source) { return "\(call) reads a type that it is given by name" }
            if Self.showing.contains(source) { return "\(call) shows the transaction or the session" }
            return isBrought ? nil : "\(call) may keep something (it is in \(language), and of no extension)"
        case "sql":
            // The settings that SET makes for a function are undone at its end. But a custom one is known in the session
            // from then on, where current_setting() failed before; and nothing is analysed for another role here.
            let names = settings.map { $0.prefix { $0 != "=" } }
            let kept = names.first { $0.contains(".") || ["role", "session_authorization"].contains($0) }
            return kept.map { "\(call) may keep something (it sets \($0))" }
        default: return "\(call) may keep something (it is in \(language))"
        }
    }

    /// Why it can't be told what the names in its text mean when it is called, in words; nil where it can. A name is looked
    /// up at each call, in schemas that the role of then may use; the role has a schema itself, `$user`.
    func doubt(in surroundings: Surroundings) -> String? {
        let text = "the text of \(name)() may mean something else when it is called"
        // Of what it calls, too.
        if readsOtherwise { return "\(text) (it sets how texts are read)" }
        guard isTextual else { return nil }
        guard isSecurityDefiner else {
            if surroundings.hasOtherRole { return "\(text) (as the owner of a function that calls it)" }
            return surroundings.hasOtherPath && path == nil
                ? "\(text) (in the search_path of a function that calls it)" : nil
        }
        guard let path, !path.contains("$user") else {
            return "\(text) (it is SECURITY DEFINER and sets no search_path without $user)"
        }
        return path.first(where: dividedSchemas.contains)
            .map { "\(text) (only one of its owner and the login may use the schema \($0))" }
    }

    /// The schemas of the search path that it sets, as SplitIdentifierString() takes them apart; nil if it sets none.
    var path: [String]? {
        guard let setting = settings.first(where: { $0.hasPrefix("search_path=") }) else { return nil }
        var schemas: [String] = []
        var name = ""
        var isQuoted = false
        var last: Character?
        for character in setting.dropFirst("search_path=".count) + "," {
            switch character {
            case "\"":
                // Doubled in quotes, it is part of the name.
                if !isQuoted && last == "\"" { name.append("\"") }
                isQuoted.toggle()
            case "," where !isQuoted:
                if !name.isEmpty { schemas.append(name) }
                name = ""
            case _ where !isQuoted && character.isWhitespace: break
            default: name += isQuoted || !character.isASCII ? String(character) : character.lowercased()
            }
            last = character
        }
        return schemas
    }

    /// Whether it sets what changes the meaning of a text.
    var readsOtherwise: Bool {
        settings.contains { setting in
            ["standard_conforming_strings=", "transform_null_equals="].contains { setting.hasPrefix($0) }
        }
    }

    /// Volatile functions of PostgreSQL that change nothing.
    private static let changing: Set<String> = [
        "random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday",
        "pg_is_in_recovery", "current_query", "lastval", "currval", "pg_last_wal_replay_lsn",
        "pg_last_xact_replay_timestamp", "pg_last_wal_receive_lsn",
    ]

    /// The C functions of PostgreSQL and of its extensions tablefunc and xml2 that are STABLE and execute what they are given.
    private static let executing: Set<String> = [
        "table_to_xml", "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema",
        "database_to_xml", "database_to_xml_and_xmlschema", "query_to_xml", "cursor_to_xml",
        "query_to_xml_and_xmlschema", "query_to_xmlschema", "ts_stat1", "ts_stat2", "tsquery_rewrite_query",
        "crosstab", "crosstab_hash", "connectby_text", "connectby_text_serial", "xpath_table", "normal_rand",
    ]

    /// Those that are STABLE and call the input function of a type, and so the checks of a domain, that no tree names.
    private static let typing: Set<String> = ["pg_input_is_valid", "pg_input_error_info"]

    /// Those that are STABLE and show something that differs where lookups share a transaction, a statement or a session.
    ///
    /// Others are left as pure. now() and its like give the beginning of a transaction that is microseconds old, and so do
    /// age(xid), pg_current_snapshot() and the counters of pg_stat_get_…. pg_backend_pid(), inet_client_port() and their
    /// like are of a connection, which stock has one of, too. pg_my_temp_schema(), current_setting() and
    /// pg_show_all_settings() show what only a query that is not pure can change, after which the session is made as new.
    /// pg_trigger_depth() is 0, and pg_event_trigger_…() fail. pg_stat_get_xact_…(), pg_export_snapshot() and pg_notify()
    /// are VOLATILE.
    private static let showing: Set<String> = [
        // These are txid_current() and txid_current_if_assigned(), too. The one assigns an ID, the other shows that.
        "pg_current_xact_id", "pg_current_xact_id_if_assigned", "txid_current", "txid_current_if_assigned",
        // The session's cursors, statements and channels: mapmux prepares statements, stock doesn't.
        "pg_cursor", "pg_prepared_statement", "pg_listening_channels",
        // The statement that is being executed, which has many keys, and when the transaction began.
        "pg_stat_get_activity", "pg_stat_get_backend_activity", "pg_stat_get_backend_activity_start",
        "pg_stat_get_backend_xact_start",
        // Whether this transaction has looked at statistics before.
        "pg_stat_get_snapshot_timestamp",
    ]
}
