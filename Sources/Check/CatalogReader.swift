// Asks a server for the facts that advice on tables and hosts needs.

internal import Databases
internal import EventLoop
internal import LookupValues
internal import PostgreSQL
internal import TableAdvice

struct CatalogReader {
    let connection: Connection
    let deadline: Instant

    /// What the catalog says about a relation; nil if no table, partition or materialized view has that name.
    ///
    /// - Parameter name: as EXPLAIN writes it.
    /// - Throws: as `Connection.ask` does.
    func relation(_ name: String) throws(ServerError) -> RelationFacts? {
        let literal = literal(name)
        // The planner, too, scales reltuples by the present size, and guesses if there is no count: here 100 bytes a row.
        let counts = try connection.ask(
            """
            SELECT (CASE WHEN c.reltuples > 0 AND c.relpages > 0
                    THEN c.reltuples / c.relpages * (size.bytes / pg_catalog.current_setting('block_size')::int)
                    ELSE size.bytes / 100 END)::bigint::text
            FROM pg_catalog.pg_class AS c, pg_catalog.pg_relation_size(c.oid) AS size (bytes)
            WHERE c.oid = pg_catalog.to_regclass(\(literal)) AND c.relkind IN ('r', 'm')
            """, until: deadline)
        guard let count = counts.first.flatMap({ Int($0) }) else { return nil }
        let columns = try connection.rows(
            """
            SELECT pg_catalog.quote_ident(c.relname), a.amname, i.indisunique::text, (i.indpred IS NOT NULL)::text,
                i.indisvalid::text, c.reltuples::bigint::text,
                pg_catalog.pg_get_indexdef(i.indexrelid, k.place, false)
            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_am AS a ON a.oid = c.relam,
            pg_catalog.generate_series(1, i.indnkeyatts) AS k (place)
            WHERE i.indrelid = pg_catalog.to_regclass(\(literal))
            ORDER BY c.relname, i.indexrelid, k.place
            """, until: deadline)
        var indexes: [IndexFacts] = []
        for column in columns where column.count == 7 {
            var keys = [column[6]]
            if let last = indexes.last, last.name == column[0] {
                keys = last.keys + keys
                indexes.removeLast()
            }
            indexes.append(
                IndexFacts(
                    name: column[0], method: column[1], keys: keys, isUnique: column[2] == "true",
                    isPartial: column[3] == "true", isValid: column[4] == "true",
                    // Negative before the first VACUUM, ANALYZE or CREATE INDEX.
                    rowCount: Int(column[5]).flatMap { $0 < 0 ? nil : $0 }))
        }
        let varchars = try connection.ask(
            """
            SELECT pg_catalog.quote_ident(a.attname)
            FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
            WHERE a.attrelid = pg_catalog.to_regclass(\(literal)) AND a.attnum > 0 AND NOT a.attisdropped
                AND 'pg_catalog.varchar'::pg_catalog.regtype IN (t.oid, t.typbasetype)
            """, until: deadline)
        return RelationFacts(name: name, rowCount: count, indexes: indexes, varchars: Set(varchars))
    }

    /// What the server says about itself and the login. Throws as `Connection.ask` does.
    ///
    /// - Parameter isPooled: whether there is a pooler between, so that the password is given to the pooler.
    func host(isPooled: Bool) throws(ServerError) -> HostFacts? {
        let values = try connection.ask(
            """
            SELECT pg_catalog.current_setting('is_superuser'), pg_catalog.pg_is_in_recovery()::text,
                EXISTS (SELECT FROM pg_catalog.pg_stat_ssl
                    WHERE pid = pg_catalog.pg_backend_pid() AND client_dn IS NOT NULL)::text,
                EXISTS (SELECT FROM pg_catalog.pg_stat_gssapi
                    WHERE pid = pg_catalog.pg_backend_pid() AND gss_authenticated)::text,
                \(ConnectionTerms.replicaLag)::text
            """, until: deadline)
        guard values.count >= 4 else { return nil }
        let isKnownOtherwise = values[2] == "true" || values[3] == "true"
        return HostFacts(
            isSuperuser: values[0] == "on", isStandby: values[1] == "true",
            lag: values.count > 4 ? Double(values[4]) : nil,
            isOpenToNetwork: connection.isByTCP && !connection.hasUsedPassword && !isPooled
                && !isKnownOtherwise)
    }

    /// A text as an SQL literal.
    func literal(_ text: String) -> String {
        var sql = Array("'".utf8)
        connection.appendEscaped(Array(text.utf8).span, to: &sql)
        return String(decoding: sql, as: UTF8.self) + "'"
    }
}
