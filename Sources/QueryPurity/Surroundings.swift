// What surrounds a function that a query reaches.

/// How something is evaluated, other than a query itself: the functions around it count. Each body is analysed as the
/// login, in the session's search path or the function's own.
struct Surroundings: Hashable {
    /// A search path that a function sets.
    var hasOtherPath = false
    /// As the owner of a function.
    var hasOtherRole = false
}
