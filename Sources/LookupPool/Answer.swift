// What an answer says besides its rows.

package import LookupValues

/// The query that the result just reported answers, the host that it came from, and the time that it is of.
package struct Answer: Equatable, BitwiseCopyable, Sendable {
    package let table: Int
    /// Its key can be read until the actions are taken, and the next result or dispatch comes.
    package let query: QueryID
    /// The place in an array statement's result, counted from 0.
    package let place: Int
    package let host: Int
    /// When the query was last sent, as of a dispatch.
    package let sentAt: Instant
}
