// What an answer says besides its rows.

package import LookupValues

/// Of which query the result is that has just been reported, and where from and as of when.
package struct Answer: Equatable, BitwiseCopyable, Sendable {
    package let table: Int
    /// Its key can be read until the actions after these are taken.
    package let query: QueryID
    /// The place in an array statement's result, counted from 0.
    package let place: Int
    package let host: Int
    /// When the query was sent, the last time if it was sent several times: as of a dispatch.
    package let sentAt: Instant
}
