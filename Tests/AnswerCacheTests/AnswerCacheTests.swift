// What a cache gives, and what it doesn't.

import AnswerCache
import LookupValues
import Testing

@Suite("An answer cache")
struct AnswerCacheTests {
    @Test("An answer is given until its bound after its query was sent")
    func boundOfTime() {
        var cache = AnswerCache(seed: 1)
        var options = CacheOptions()
        options.bound = 5
        let key = Array("alice@example.com".utf8)
        cache.adopt(
            [CachedTable(number: 1, target: 1, options: options)], bytes: 1_000_000, staleness: 1,
            now: Instant(nanoseconds: 0))
        cache.keep(.notFound, 1, key.span, hash: nil, sentAt: Instant(nanoseconds: 10), host: 0)
        #expect(cache.find(1, key.span, now: Instant(nanoseconds: 15)) == .notFound)
        #expect(cache.find(1, key.span, now: Instant(nanoseconds: 16)) == nil)
    }
}
