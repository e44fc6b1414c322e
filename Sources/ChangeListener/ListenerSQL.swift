// The SQL of those who listen.

internal import AnswerCache
internal import ChangeTriggers

enum ListenerSQL {
    static let listen = "LISTEN \(ChangeNotice.channel)"

    /// The text has only digits, letters and blanks.
    static func notify(_ text: String) -> String { "NOTIFY \(ChangeNotice.channel), '\(text)'" }

    /// A number of bytes.
    static let position = "SELECT (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::text"

    /// A listening connection is idle for as long as nothing happens.
    static let stayIdle = """
        SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
        WHERE name = 'idle_session_timeout' AND setting <> '0'
        """

    static let isStandby = "SELECT pg_catalog.pg_is_in_recovery()::text"

    /// How far a standby has come, in bytes. To be asked first: what it has replayed so far came from the timeline that it
    /// says afterwards to receive.
    static let replayed = """
        SELECT coalesce((pg_catalog.pg_last_wal_replay_lsn() - '0/0'::pg_catalog.pg_lsn)::text, '-')
        """

    /// The system's identifier and the timeline, as in `HostReport`; `-` for what can't be told. pg_stat_wal_receiver hides
    /// its columns from roles without pg_read_all_stats.
    static let identity = """
        SELECT pg_catalog.pg_is_in_recovery()::text,
            coalesce((SELECT system_identifier::text FROM pg_catalog.pg_control_system()), '-'),
            coalesce(
                CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN (SELECT received_tli::text FROM pg_catalog.pg_stat_wal_receiver WHERE status = 'streaming')
                ELSE ('x' || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8)
                    )::bit(32)::bigint::text
                END, '-')
        """

    /// The virtual transactions that hold a lock on one of the relations under which rows can be written.
    static func writers(of relations: [UInt32]) -> String {
        """
        SELECT DISTINCT virtualtransaction FROM pg_catalog.pg_locks
        WHERE locktype = 'relation' AND granted AND relation IN (\(relations.map(String.init).joined(separator: ", ")))
            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        """
    }
}

extension HostReport {
    /// Made from the rows of `replayed` and `identity`, or of `isStandby` alone; nil if they are something else.
    init?(_ answers: [[[String]]]) {
        if answers.count == 1, let word = answers[0].first?.first {
            self.init(isStandby: word == "true", system: nil, timeline: nil, replayed: nil)
            return
        }
        guard answers.count == 2, let replayed = answers[0].first?.first, let identity = answers[1].first,
            identity.count == 3
        else { return nil }
        func known(_ text: String) -> String? { text == "-" ? nil : text }
        self.init(
            isStandby: identity[0] == "true", system: known(identity[1]), timeline: known(identity[2]),
            replayed: UInt64(replayed))
    }
}
