// A place outside main.cf that the postmaster has to change by hand.

/// A table without `proxy:` in a file that a parameter names.
struct FileEdit: Equatable, Sendable {
    let path: String
    let table: String
    let parameter: String
}
