// The calls around an expression or function that a query reaches.

/// How an object is evaluated otherwise than the query itself, because of the functions around it. Here each body is
/// analysed as the login, in the session's search path or the function's own.
struct Surroundings: Hashable {
    /// In a search path that a function sets.
    var hasOtherPath = false
    /// As the owner of a function.
    var hasOtherRole = false
}
