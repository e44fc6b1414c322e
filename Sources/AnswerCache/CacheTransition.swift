// That a table's answers are not given by notification any more, or again.

package import LookupValues

/// A table has gone over to bypass, or back.
package struct CacheTransition: Equatable, Sendable {
    package let table: Int
    /// nil: its answers are given by notification.
    package let bypass: CacheBypass?
    /// Since when.
    package let since: Instant

    package init(table: Int, bypass: CacheBypass?, since: Instant) {
        self.table = table
        self.bypass = bypass
        self.since = since
    }
}
