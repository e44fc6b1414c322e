// Whether triggers tell of changes of a table's rows, for `mapmux check`.

internal import ChangeTriggers
internal import Databases
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import TableAdvice

struct NotificationCheck {
    let table: TableDefinition
    /// The table's maps that are kept by notification.
    let maps: [String]
    let host: CheckedHost

    /// Asks the host. Nil if it does not say.
    func advice() -> NotificationAdvice? {
        if host.pooling != .none {
            return NotificationAdvice(
                maps: maps, .never("a pooler is between, through which nothing can be heard"), changes: [])
        }
        return try? host.use { connection, deadline throws(ServerError) in
            let finding = try connection.findTriggerScripts(
                for: [table.template], includesAll: false, isPooled: false, until: deadline
            ).findings[0]
            let reader = CatalogReader(connection: connection, deadline: deadline)
            return NotificationAdvice(
                maps: maps, Self.state(finding.verdict),
                changes: try reader.changes(of: finding.needs.map(\.relation)))
        }
    }

    private static func state(_ verdict: NotificationFinding.Verdict) -> NotificationAdvice.State {
        switch verdict {
        case .proven(let key): .told(byKey: key != nil)
        // A name may have a newline.
        case .unproven(let reason): .missing(reason.shown())
        case .untellable(let reason): .never(reason.shown())
        }
    }
}

extension CatalogReader {
    /// How many rows of relations have changed. Throws as `Connection.ask` does.
    ///
    /// - Parameter relations: by OID.
    func changes(of relations: [UInt32]) throws(ServerError) -> [RowChanges] {
        let rows = try connection.rows(
            """
            SELECT s.schemaname::text, s.relname::text, (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::text,
                extract(epoch FROM pg_catalog.now() - coalesce(reset.at, pg_catalog.pg_postmaster_start_time()))
                    ::bigint::text, (reset.at IS NOT NULL)::text
            FROM pg_catalog.pg_stat_user_tables AS s,
                (SELECT pg_catalog.pg_stat_get_db_stat_reset_time(d.oid) FROM pg_catalog.pg_database AS d
                    WHERE d.datname = pg_catalog.current_database()) AS reset (at)
            WHERE s.relid = ANY ('{\(relations.map(String.init).joined(separator: ","))}'::pg_catalog.oid[])
            ORDER BY s.relid
            """, until: deadline)
        return rows.compactMap { row in
            guard row.count == 5, let count = Int(row[2]), let seconds = Int(row[3]) else { return nil }
            return RowChanges(
                relation: "\(row[0]).\(row[1])".shown(), count: count, seconds: seconds,
                isSinceReset: row[4] == "true")
        }
    }
}
