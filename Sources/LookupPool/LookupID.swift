// The name of a lookup.

/// A lookup that is not answered yet. After its answer the same number may name another.
package struct LookupID: Hashable, Sendable {
    let index: Int
}
