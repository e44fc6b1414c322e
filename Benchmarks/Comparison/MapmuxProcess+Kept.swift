// What comparisons ask of a mapmux that keeps answers.

import Foundation
import ThrowawayServers

/// Lookups that were asked of what is kept, and those that it has answered.
struct KeptCounts {
    var asked = 0
    var hits = 0

    /// The part that was answered since; nil if nothing was asked.
    func hits(since earlier: KeptCounts) -> Double? {
        asked > earlier.asked ? Double(hits - earlier.hits) / Double(asked - earlier.asked) : nil
    }
}

/// The room that kept answers take.
struct KeptRoom {
    var entries = 0
    /// As mapmux counts them.
    var bytes = 0
}

extension MapmuxProcess {
    /// What is read here of `mapmux stats --json`.
    private struct Statistics: Decodable {
        struct Map: Decodable {
            let cache: Cache?
        }

        struct Cache: Decodable {
            let hitsFound: Int
            let hitsNotFound: Int
            let misses: Int
            let entries: Int
            let bytes: Int
        }

        let maps: [Map]
    }

    /// Of all maps that keep answers.
    private func caches() throws -> [Statistics.Cache] {
        let json = try command("stats", "--json").stdout
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Statistics.self, from: Data(json)).maps.compactMap(\.cache)
    }

    func kept() throws -> KeptCounts {
        try caches().reduce(into: KeptCounts()) { sum, cache in
            let hits = cache.hitsFound + cache.hitsNotFound
            sum.hits += hits
            sum.asked += hits + cache.misses
        }
    }

    func keptRoom() throws -> KeptRoom {
        try caches().reduce(into: KeptRoom()) { sum, cache in
            sum.entries += cache.entries
            sum.bytes += cache.bytes
        }
    }

    /// The SQL of the triggers that notify of changes.
    func triggers() throws -> String { try command("triggers").text }

    /// Runs a subcommand that must succeed.
    @discardableResult
    func command(_ subcommand: String, _ arguments: String...) throws -> Command.Result {
        let result = try run(subcommand, arguments)
        guard result.status == 0 else {
            throw SupportError("mapmux \(subcommand): status \(result.status), \(result.stderr)")
        }
        return result
    }
}
