// `mapmux stats`: what a running daemon has counted.

internal import ArgumentParser
internal import Daemon
internal import LookupStatistics

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the running daemon has counted.",
        discussion: """
            Lookups, their outcomes and how long they took by map, and the state of connections and hosts by target, \
            since the daemon's start. Exits 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print JSON: durations are nanoseconds, times seconds since 1970.")
    var json = false

    @Flag(help: "Show each connection to PostgreSQL instead, by the number that pg_stat_activity has for it.")
    var connections = false

    func run() throws {
        let statistics = try options.connectToDaemon().statistics()
        switch (json, connections) {
        case (true, false): print(String(decoding: statistics.json(isPretty: true), as: UTF8.self))
        case (true, true): print(String(decoding: statistics.connectionsJSON, as: UTF8.self))
        case (false, false): for line in statistics.report { say(line) }
        case (false, true): for line in statistics.connectionReport { say(line) }
        }
    }
}
