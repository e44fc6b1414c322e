// The name of a query.

/// One query, which answers one lookup or several equal ones, until its answer or its failure.
package struct QueryID: Hashable, BitwiseCopyable, Sendable {
    let index: Int
}
