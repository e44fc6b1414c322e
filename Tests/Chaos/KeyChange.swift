// A change of a key, and the statements that bring some of them to a database.

import LookupValues
import TestSupport

struct KeyChange {
    let key: Int
    /// nil deletes it.
    let version: Int?
    /// Of the key's changes, in the ledger.
    let number: Int

    private var address: String { "'\(ChaosSite.address(key))'" }
    private var value: String? { version.map { "'\(VersionedValue.text(key: key, version: $0))'" } }

    /// - Parameters:
    ///   - all: the last change of a key counts.
    ///   - isUntold: whether the triggers of the notified table are out of force meanwhile.
    static func statements(for all: [KeyChange], isUntold: Bool, _ random: inout SplitMix64) -> [String] {
        // One statement can't change a key twice.
        let last = Array(Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { $1 }).values)
        let told = last.filter { $0.key >= ChaosSite.keyCount }
        var statements = plain(last.filter { $0.key < ChaosSite.keyCount }, "addresses")
        if told.isEmpty { return statements }
        if isUntold { statements.append("ALTER TABLE accounts DISABLE TRIGGER USER") }
        switch random.below(60) {
        case 0: statements += reload
        case 1: statements += load
        case 2..<20: statements += renames(told)
        case 20..<40: statements += told.compactMap(\.update)
        default: break
        }
        // Of what has been written already, nothing differs.
        statements += plain(told, "accounts")
        if isUntold { statements.append(enable) }
        return statements
    }

    private static func plain(_ changes: [KeyChange], _ table: String) -> [String] {
        let rows = changes.compactMap { change in
            change.value.map { "(\(change.address), \(change.key), \($0))" }
        }
        let gone = changes.filter { $0.version == nil }.map(\.address)
        var statements: [String] = []
        if !rows.isEmpty {
            statements.append(
                """
                INSERT INTO \(table) (address, id, goto) VALUES \(rows.joined(separator: ", "))
                ON CONFLICT (address) DO UPDATE SET goto = EXCLUDED.goto
                """)
        }
        if !gone.isEmpty {
            statements.append("DELETE FROM \(table) WHERE address IN (\(gone.joined(separator: ", ")))")
        }
        return statements
    }

    private var update: String? {
        value.map { "UPDATE accounts SET goto = \($0) WHERE address = \(address)" }
    }

    /// Rows that go become those that come.
    private static func renames(_ changes: [KeyChange]) -> [String] {
        zip(changes.filter { $0.version == nil }, changes.filter { $0.version != nil }).flatMap { old, new in
            [
                "DELETE FROM accounts WHERE address = \(new.address)",
                """
                UPDATE accounts SET address = \(new.address), id = \(new.key), goto = \(new.value!)
                WHERE address = \(old.address)
                """,
            ]
        }
    }

    /// The same rows again.
    private static let reload = [
        "CREATE TEMP TABLE spare ON COMMIT DROP AS TABLE accounts", "TRUNCATE accounts",
        "INSERT INTO accounts TABLE spare",
    ]

    /// Rows that nobody asks for.
    private static let load = [
        "DELETE FROM accounts WHERE id < 0",
        """
        INSERT INTO accounts (address, id, goto)
        SELECT 'load' || n || '@example.com', -n, 'none' FROM generate_series(1, 3000) AS n
        """,
    ]

    /// As `mapmux triggers` has them.
    private static let enable = """
        DO $$
        DECLARE
            name text;
        BEGIN
            FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts'::regclass AND NOT tgisinternal LOOP
                EXECUTE format('ALTER TABLE accounts ENABLE ALWAYS TRIGGER %I', name);
            END LOOP;
        END $$
        """
}
