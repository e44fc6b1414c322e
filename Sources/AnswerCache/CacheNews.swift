// What the one who listens to the databases tells each worker's cache.

package import LookupValues

/// News for a cache. They are to be taken in their order. Those of tables and targets that the cache does not have are
/// ignored.
package enum CacheNews: Equatable, Sendable {
    /// This host of a target is listened to anew, since `at`: what was kept before does not count as verified any more.
    case listening(target: Int, host: Int, at: Instant)
    /// Changes of all that a table's answers depend on are notified from now on; with a key, changes of rows for a key name
    /// that key.
    case proven(table: Int, key: NotifiedKey?)
    /// They are not, or not any more.
    case unproven(table: Int, CacheBypass)
    /// Rows have changed for the keys with these hashes; nil: for any key.
    case changed(table: Int, keys: [UInt64]?)
    /// Every change that was committed on this host before `at`, of what is proven, has been told in news before this one.
    case verified(target: Int, host: Int, at: Instant)
    /// What is heard of this host comes from the server with this identity: see `AnswerCache.keep`. If it is another one than
    /// before, what was kept from this host does not count as verified any more.
    case server(target: Int, host: Int, identity: UInt64)
    /// This host is not known any more to follow the one that is listened to: answers from it are not given any more.
    case unverified(target: Int, host: Int)
    /// What is sent to this host, a standby, after `provenAt` sees every change whose notification had come by `heardBy`.
    case fence(target: Int, host: Int, heardBy: Instant, provenAt: Instant)
}

/// Why a table's answers are not given by notification.
package enum CacheBypass: String, CaseIterable, BitwiseCopyable, Sendable, Codable {
    /// It is not known yet what the table's query depends on.
    case unknown
    /// The triggers are missing, or differ from what they should be.
    case triggers
    /// What the query depends on can't be told by triggers.
    case untellable
    /// No host can be listened to: a pooler is between, all hosts are standbys, or none can be reached.
    case unheard
    /// No beat has come within `cache_max_staleness`.
    case late
}
