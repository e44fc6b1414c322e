// What is listened to.

package import Databases
package import LookupTables

/// A target with tables whose answers are kept by notification.
package struct ListenedTarget: Equatable, Sendable {
    package struct Table: Equatable, Sendable {
        /// The table's number in news.
        package let number: Int
        package let file: String
        package let template: QueryTemplate

        package init(number: Int, file: String, template: QueryTemplate) {
            self.number = number
            self.file = file
            self.template = template
        }
    }

    /// The target's number in news.
    package let number: Int
    /// Its hosts have their places there as numbers.
    package let target: Target
    /// One at least.
    package var tables: [Table]
    package let terms: ConnectionTerms
    /// cache_max_staleness, in nanoseconds.
    package let staleness: Int64

    package init(
        number: Int, target: Target, tables: [Table], terms: ConnectionTerms, staleness: Int64
    ) {
        self.number = number
        self.target = target
        self.tables = tables
        self.terms = terms
        self.staleness = staleness
    }

    /// Whether all but the tables is the same: then the connections can stay.
    func isSame(as other: ListenedTarget) -> Bool {
        number == other.number && target == other.target && target.hosts == other.target.hosts
            && terms == other.terms && staleness == other.staleness
    }
}
