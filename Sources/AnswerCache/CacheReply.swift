// What a cache says to a lookup.

package import LookupValues

package enum CacheReply {
    /// Found or not found.
    case kept(LookupOutcome)
    case asked(AskTerms)
}
