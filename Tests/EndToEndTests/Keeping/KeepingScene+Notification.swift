// Triggers that tell the daemon of changes, and what is expected of a change.

import EventLoop
import Glibc
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

extension KeepingScene {
    /// cache_max_staleness in nanoseconds, and as the daemons of these tests have it.
    static let staleness: Int64 = 1_000_000_000
    static let notified = [
        "cache": "aliases=notified mailboxes=notified", "cache_max_staleness": "1s",
    ]

    /// Starts a daemon, has the triggers made, and returns once maps are answered by notification.
    func notifiedDaemon(
        _ parameters: [String: String] = [:], hosts: [ThrowawayCluster]? = nil
    ) throws -> MapmuxProcess {
        let mapmux = try daemon(Self.notified.merging(parameters) { $1 }, hosts: hosts)
        try installTriggers(mapmux)
        try waitForNotification(of: ["aliases", "mailboxes"], mapmux)
        return mapmux
    }

    /// Executes what `mapmux triggers` prints.
    func installTriggers(_ mapmux: MapmuxProcess, _ arguments: [String] = ["aliases", "mailboxes"]) throws {
        let printed = try mapmux.run("triggers", arguments)
        guard printed.status == 0 else { throw SupportError("mapmux triggers: \(printed.stderr)") }
        try sql(printed.text)
    }

    func waitForNotification(of maps: [String], _ mapmux: MapmuxProcess) throws {
        for map in maps {
            try waitUntil("\(map) is answered by notification: \(mapmux.log())") {
                try mapmux.cacheFigures(map).bypass == nil
            }
        }
    }

    /// The server process that listens for the daemon.
    func listeningProcess(_ cluster: ThrowawayCluster? = nil) throws -> Int32 {
        var found: Int32?
        try waitUntil("a session listens") {
            let pid = try (cluster ?? primary).psql(
                "postgres",
                """
                SELECT pid FROM pg_stat_activity
                WHERE application_name = 'mapmux listener' AND query LIKE 'LISTEN%'
                """)
            found = Int32(pid)
            return found != nil
        }
        return found!
    }

    /// A key of a map, what is answered to it, and what after a change.
    struct Expected {
        let map: String
        let key: String
        let old: SocketmapReply
        let new: SocketmapReply

        init(_ map: String, _ key: String, _ old: SocketmapReply, _ new: SocketmapReply) {
            (self.map, self.key, self.old, self.new) = (map, key, old, new)
        }
    }

    /// Asks until the answers are given from what is kept.
    func expectHits(_ map: String, _ key: String, _ reply: SocketmapReply, _ mapmux: MapmuxProcess) throws {
        let client = try mapmux.client()
        try waitUntil("\(map) \(key) is kept: \(mapmux.log())") {
            let hits = try mapmux.cacheFigures(map).hits
            #expect(try client.lookup(map, key) == reply)
            return try mapmux.cacheFigures(map).hits > hits
        }
    }

    /// Makes a change. Until a moment after it, answers may be the old ones; once there is a new one, there is no old one again.
    ///
    /// - Parameters:
    ///   - clients: each is asked all keys in turn.
    ///   - bound: nanoseconds from the change's end in which an old answer may be asked for.
    func expectChange(
        _ expected: [Expected], _ clients: [SocketmapClient], _ mapmux: MapmuxProcess,
        within bound: Int64 = staleness, change: () throws -> Void
    ) throws {
        for client in clients {
            for one in expected { #expect(try client.lookup(one.map, one.key) == one.old, "\(one)") }
        }
        try change()
        let committed = MonotonicClock.now().nanoseconds
        var isNew = clients.map { _ in expected.map { _ in false } }
        try waitUntil("\(expected) are the new ones: \(mapmux.log())") {
            for (number, client) in clients.enumerated() {
                for (index, one) in expected.enumerated() {
                    let asked = MonotonicClock.now().nanoseconds
                    let reply = try client.lookup(one.map, one.key)
                    if reply == one.new {
                        isNew[number][index] = true
                    } else {
                        #expect(reply == one.old && !isNew[number][index], "\(one): \(reply)")
                        #expect(asked - committed < bound, "\(one): \(asked - committed) ns after the change")
                    }
                }
            }
            return isNew.allSatisfy { $0.allSatisfy(\.self) }
        }
        for _ in 0..<30 {
            for client in clients {
                for one in expected { #expect(try client.lookup(one.map, one.key) == one.new, "\(one)") }
            }
            usleep(2000)
        }
    }
}
