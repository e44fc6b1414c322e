// The errors that the hosts have reported for each table's queries of late.

package import LookupValues

/// Remembers each error for a short while by table and host, so that a table that works at one host only goes there first,
/// and one that errs everywhere costs no more queries than it has to.
package struct ErrorMemory {
    /// How long an error is remembered by table and host, in nanoseconds.
    private static let errorMemory: Int64 = 1_000_000_000
    /// How long the same error there is no news, in nanoseconds.
    private static let errorFamiliarity: Int64 = 60_000_000_000

    private struct Entry {
        var state: SQLState
        var until: Instant
        /// When the error was last reported.
        var saidAt: Instant
    }

    private let hosts: Int
    /// By table, then host.
    private var entries: [Entry?]
    /// How many entries there are: if all is well, none is looked for.
    package private(set) var count = 0

    package init(tables: Int, hosts: Int) {
        self.hosts = hosts
        entries = Array(repeating: nil, count: tables * hosts)
    }

    /// Whether the table's queries have erred at the host a short while ago.
    package func errs(table: Int, at host: Int, now: Instant) -> Bool {
        guard count > 0, let entry = entries[table * hosts + host] else { return false }
        return now < entry.until
    }

    /// Whether the table's queries have erred at the host a short while ago with this error.
    package func errs(table: Int, at host: Int, with state: SQLState, now: Instant) -> Bool {
        guard count > 0, let entry = entries[table * hosts + host] else { return false }
        return now < entry.until && entry.state == state
    }

    /// Notes an error.
    ///
    /// - Returns: whether the same error has been reported for the table at that host within a minute: it is
    ///   no news.
    package mutating func note(table: Int, at host: Int, _ state: SQLState, now: Instant) -> Bool {
        let until = now.advanced(byNanoseconds: Self.errorMemory)
        let place = table * hosts + host
        let old = entries[place]
        if old == nil { count += 1 }
        entries[place] = Entry(state: state, until: until, saidAt: now)
        guard let old, old.state == state else { return false }
        return now < old.saidAt.advanced(byNanoseconds: Self.errorFamiliarity)
    }

    /// Notes that a query goes to a host where the table has erred: the next ones wait for its result.
    package mutating func noteTrial(of table: Int, at host: Int, now: Instant) {
        guard count > 0, let entry = entries[table * hosts + host], entry.until <= now else { return }
        entries[table * hosts + host]!.until = now.advanced(byNanoseconds: Self.errorMemory)
    }

    /// Notes that a query has worked.
    package mutating func forget(table: Int, at host: Int) {
        guard count > 0, entries[table * hosts + host] != nil else { return }
        entries[table * hosts + host] = nil
        count -= 1
    }
}
