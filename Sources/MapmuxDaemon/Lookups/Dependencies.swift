// What a connection's answers depend on besides rows.

/// What was found out of the schema and the settings when a connection was made.
struct Dependencies: Equatable, Sendable {
    /// The tables whose queries are known to keep nothing.
    let pure: Set<Int>
    /// SQL for one text, which is another one as soon as that may have changed, or what names mean, or the settings that a new
    /// session would have.
    let look: String
    /// What it was.
    let value: String
}
