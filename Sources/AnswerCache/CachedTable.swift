// The names that a cache has for tables and targets.

/// A table whose answers are kept. Its number is the table's name in the cache.
package struct CachedTable: Hashable, Sendable {
    /// Stays the same as long as the table's definition, its target and the options do, and is given to no other table.
    package let number: Int
    /// The number of the table's target, which stays the same as long.
    package let target: Int
    package let options: CacheOptions

    package init(number: Int, target: Int, options: CacheOptions) {
        self.number = number
        self.target = target
        self.options = options
    }
}
