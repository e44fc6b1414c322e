// A function that a query calls: whether it may keep something, and whether the names in its text have one meaning.

/// A row of pg_proc, with facts of other catalogs.
package struct CatalogFunction: Equatable, Sendable {
    /// With its schema and quotes, without pg_catalog.
    package let name: String
    /// provolatile: `i`, `s` or `v`.
    package let volatility: String
    package let language: String
    /// Whether it belongs to PostgreSQL or an extension.
    package let isBrought: Bool
    /// prosrc: the C function's name, or the text of an SQL function whose body is a string.
    package let source: String
    /// proconfig: `search_path=public, pg_temp` and so on.
    package let settings: [String]
    /// Whether an SQL function's body is stored analysed.
    package let hasAnalysedBody: Bool
    /// prosecdef: it is executed as its owner.
    package let isSecurityDefiner: Bool
    /// Schemas that only one of its owner and the login may use, as far as its settings may name them; for a function
    /// that is executed as its owner.
    package let dividedSchemas: Set<String>
}

extension CatalogFunction {
    /// Whether it is an SQL function whose body must be analysed.
    var isTextual: Bool {
        language == "sql" && !hasAnalysedBody && !(isBrought && Self.casting.contains(name))
    }

    /// SQL functions of PostgreSQL that are polymorphic, such as those of `text || any`, so they can't be analysed. They only
    /// cast to text, and the type's facts have that cast.
    private static let casting: Set<String> = ["textanycat", "anytextcat", "quote_literal", "quote_nullable"]

    /// Why calling it may leave something behind, in words; nil if it can't, or only by the objects that its body reaches.
    var impurity: String? {
        let call = name + "()"
        guard volatility != "v" else {
            if isBrought && Self.changing.contains(name) {
                return "\(call) may answer differently each time"
            }
            return isBrought ? "\(call) may keep something" : "\(call) may keep something (it is VOLATILE)"
        }
        switch language {
        // An aggregate is as pure as its parts.
        case "internal" where source == "aggregate_dummy": return nil
        case "internal", "c":
            if Self.executing.contains(source) { return "\(call) executes a query that it is given" }
            if Self.typing.contains(source) { return "\(call) reads a type that it is given by name" }
            if Self.showing.contains(source) { return "\(call) shows the transaction or the session" }
            return isBrought ? nil : "\(call) may keep something (it is in \(language), and of no extension)"
        case "sql":
            // The settings that SET makes for a function are undone at its end. But a custom one exists in the session from
            // then on, and current_setting(), which failed before, shows it; and nothing is analysed for another role here.
            let names = settings.map { $0.prefix { $0 != "=" } }
            let kept = names.first { $0.contains(".") || ["role", "session_authorization"].contains($0) }
            return kept.map { "\(call) may keep something (it sets \($0))" }
        default: return "\(call) may keep something (it is in \(language))"
        }
    }

    /// Why the meaning of the names in its text can't be told for a call, in words; nil if it can. A name is looked up at each
    /// call, in the schemas that the role of the call may use; `$user` is a schema of that role.
    func doubt(in surroundings: Surroundings) -> String? {
        let text = "the text of \(name)() may mean something else when it is called"
        // This is true of the functions that it calls, too.
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

    /// Whether it makes a setting that changes how texts are read.
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

    /// The C functions of PostgreSQL and of its extensions tablefunc and xml2 that are STABLE and execute a query given to
    /// them.
    private static let executing: Set<String> = [
        "table_to_xml", "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema",
        "database_to_xml", "database_to_xml_and_xmlschema", "query_to_xml", "cursor_to_xml",
        "query_to_xml_and_xmlschema", "query_to_xmlschema", "ts_stat1", "ts_stat2", "tsquery_rewrite_query",
        "crosstab", "crosstab_hash", "connectby_text", "connectby_text_serial", "xpath_table", "normal_rand",
    ]

    /// Those that are STABLE and call a type's input function, and so a domain's checks, though no tree names the type.
    private static let typing: Set<String> = ["pg_input_is_valid", "pg_input_error_info"]

    /// Those that are STABLE and show something that differs if lookups share a transaction, a statement or a session.
    ///
    /// Others count as pure. now() and its like give the beginning of a transaction that is microseconds old, and so do
    /// age(xid), pg_current_snapshot() and the counters of pg_stat_get_…. pg_backend_pid(), inet_client_port() and their
    /// like tell of the connection, and stock Postfix has one for many lookups, too. pg_my_temp_schema(), current_setting()
    /// and pg_show_all_settings() show what only a query that is not pure can change, and after one the session is reset.
    /// pg_trigger_depth() is 0, and pg_event_trigger_…() fail. pg_stat_get_xact_…(), pg_export_snapshot() and pg_notify()
    /// are VOLATILE.
    private static let showing: Set<String> = [
        // The same as txid_current() and txid_current_if_assigned(). The first assigns an ID, the second shows that.
        "pg_current_xact_id", "pg_current_xact_id_if_assigned", "txid_current", "txid_current_if_assigned",
        // The session's cursors, statements and channels: mapmux prepares statements, stock Postfix doesn't.
        "pg_cursor", "pg_prepared_statement", "pg_listening_channels",
        // The statement that is being executed, which may have many keys, and when the transaction began.
        "pg_stat_get_activity", "pg_stat_get_backend_activity", "pg_stat_get_backend_activity_start",
        "pg_stat_get_backend_xact_start",
        // Whether this transaction has looked at statistics before.
        "pg_stat_get_snapshot_timestamp",
    ]
}
