// Refusals that say only that something took too long.

package import PostgreSQL

extension ServerError {
    /// lock_not_available, query_canceled: another attempt may succeed later.
    package var isLate: Bool { ["55P03", "57014"].contains(sqlState) }
}
