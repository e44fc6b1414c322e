// The name of a lookup.

/// A lookup that is not answered yet. After its answer the same number may name another.
package struct LookupID: Hashable, Sendable {
    /// Names the lookup outside of the pool, too, if only a number can be kept there.
    package let index: Int

    package init(index: Int) {
        self.index = index
    }
}
