// The name of a lookup, for those who only give it back.

/// A lookup, by the numbers of the pool that answers it. They mean nothing to those who keep it: they give it back to have
/// the lookup withdrawn.
package struct LookupToken: Hashable, BitwiseCopyable, Sendable {
    /// Which pool has it.
    package let pool: Int32
    /// Which of the pool's lookups it is.
    package let lookup: Int32

    package init(pool: Int32, lookup: Int32) {
        self.pool = pool
        self.lookup = lookup
    }
}
