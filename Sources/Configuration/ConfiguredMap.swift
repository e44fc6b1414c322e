// A map of a configuration, and where its table is.

/// A map name, and what answers for it: a table, or the trouble with its file.
package struct ConfiguredMap: Equatable, Sendable {
    package let name: String
    /// The pgsql_table(5) file.
    package let file: String
    /// Nil if the map answers temporary failure.
    package let place: TablePlace?
    /// What is wrong with the file as it is now; nil if the file is served as it is. With a place, the table is served as
    /// it was when its file was last good.
    package let trouble: TableTrouble?
}

/// Where a configuration has a table.
package struct TablePlace: Equatable, Sendable {
    /// An index into `DaemonConfiguration.pools`.
    package let pool: Int
    /// An index into that pool's tables.
    package let table: Int

    package init(pool: Int, table: Int) {
        self.pool = pool
        self.table = table
    }
}
