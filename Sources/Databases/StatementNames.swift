// Names for the prepared statements of one connection.

/// Gives each statement a name that no other statement has, on this connection or another one: behind a
/// pooler that shares the server's connections among clients, a name must never lead to another client's
/// statement, and a pooler that keeps its clients' names (PgBouncer from 1.21 on) takes none a second time.
package struct StatementNames {
    private let prefix = "mapmux_" + String(UInt64.random(in: .min ... .max), radix: 36)
    private var count = 0

    package init() {}

    /// A name of letters, digits and underscores, which need no quotes.
    package mutating func next() -> String {
        count += 1
        return "\(prefix)_\(count)"
    }
}
