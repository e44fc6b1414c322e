// A cache whose keys and values are texts, and whose instants are numbers.

import AnswerCache
import LookupStatistics
import LookupValues

/// Its first table is 1, its target 7, unless a test says so.
struct CacheScene: ~Copyable {
    var cache = AnswerCache(seed: 1)

    /// A cache with one table.
    init(_ options: CacheOptions, bytes: Int = 1_000_000, staleness: Int64 = 20) {
        adopt([CachedTable(number: 1, target: 7, options: options)], bytes: bytes, staleness: staleness)
    }

    init() {}

    mutating func adopt(
        _ tables: [CachedTable], bytes: Int = 1_000_000, staleness: Int64 = 20, at now: Int64 = 0
    ) {
        cache.adopt(tables, bytes: bytes, staleness: staleness, now: Instant(nanoseconds: now))
    }

    /// - Parameter value: nil: not found.
    mutating func keep(
        _ key: String, _ value: String?, sentAt: Int64, host: Int = 0, hash: UInt64? = nil, table: Int = 1,
        server: UInt64 = 0
    ) {
        let outcome = value.map { LookupOutcome.found(Array($0.utf8)) } ?? .notFound
        let key = Array(key.utf8)
        cache.keep(
            outcome, table, key.span, hash: hash, sentAt: Instant(nanoseconds: sentAt), host: host,
            server: server)
    }

    /// "-": not found; nil: it must be asked.
    mutating func find(_ key: String, at now: Int64, table: Int = 1) -> String? {
        let key = Array(key.utf8)
        if case .kept(let outcome) = cache.find(table, key.span, now: Instant(nanoseconds: now)) {
            return Self.text(outcome)
        }
        return nil
    }

    /// The answer, when it was verified, and if it may not be a client's answer, that.
    mutating func findWhileDown(_ key: String, at now: Int64, table: Int = 1) -> String? {
        let key = Array(key.utf8)
        return cache.findWhileDown(table, key.span, now: Instant(nanoseconds: now)).map {
            "\(Self.text($0.outcome)) \($0.verifiedAt.nanoseconds)\($0.isFinal ? "" : " not final")"
        }
    }

    mutating func take(_ news: CacheNews, at now: Int64) {
        cache.take(news, now: Instant(nanoseconds: now))
    }

    mutating func verify(_ moment: Int64, host: Int = 0, at now: Int64) {
        take(.verified(target: 7, host: host, at: Instant(nanoseconds: moment)), at: now)
    }

    mutating func fence(_ host: Int, heardBy: Int64, provenAt: Int64, at now: Int64) {
        take(
            .fence(
                target: 7, host: host, heardBy: Instant(nanoseconds: heardBy),
                provenAt: Instant(nanoseconds: provenAt)), at: now)
    }

    mutating func flush(_ key: String? = nil, at now: Int64, table: Int = 1) {
        guard let key else { return cache.flush(table, nil, now: Instant(nanoseconds: now)) }
        let bytes = Array(key.utf8)
        cache.flush(table, bytes.span, now: Instant(nanoseconds: now))
    }

    /// On what terms a key is asked of which nothing is kept.
    mutating func terms(at now: Int64, table: Int = 1, _ key: String = "not kept") -> AskTerms {
        let key = Array(key.utf8)
        guard case .asked(let terms) = cache.find(table, key.span, now: Instant(nanoseconds: now)) else {
            fatalError("the key is kept")
        }
        return terms
    }

    mutating func joinsSentAfter(at now: Int64, table: Int = 1) -> Int64 {
        terms(at: now, table: table).joinsSentAfter.nanoseconds
    }

    var figures: CacheStatistics { cache.statistics(of: 1) }

    private static func text(_ outcome: LookupOutcome) -> String {
        switch outcome {
        case .found(let value): String(decoding: value, as: UTF8.self)
        case .notFound: "-"
        case .temporaryFailure(let reason), .permanentFailure(let reason): "failure: \(reason)"
        }
    }
}

extension CacheOptions {
    static func time(_ bound: Int64) -> CacheOptions {
        var options = CacheOptions()
        options.bound = bound
        return options
    }

    static func notified(orTime bound: Int64? = nil) -> CacheOptions {
        var options = CacheOptions()
        options.isNotified = true
        options.bound = bound
        return options
    }

    func stale(_ bound: Int64, notFound: Bool = false) -> CacheOptions {
        var options = self
        options.staleBound = bound
        options.givesStaleNotFound = notFound
        return options
    }
}
