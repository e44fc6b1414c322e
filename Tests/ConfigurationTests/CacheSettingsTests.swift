// The parameters about kept answers: what they may be, which maps they suit, and what comes of them for a table.

import AnswerCache
import DaemonTestSupport
import EventLoop
import LookupTables
import Testing

@testable import Configuration

@Suite("Settings of kept answers")
struct CacheSettingsTests {
    private func set(_ name: String, _ value: String) throws -> DaemonSettings? {
        var settings = DaemonSettings()
        let parameter = try #require(DaemonParameter.all.first { $0.name == name })
        return parameter.set(value, &settings, .local) ? settings : nil
    }

    /// Reads parameters beside `a`, `b` on the same table, `c` on another, and `d` on both.
    private func reading(_ lines: String, hosts: String = "db.example.com") throws -> ConfigurationReading {
        try ConfigurationReading(
            """
            maps = a=pgsql:DIR/good.cf b=pgsql:DIR/good.cf c=pgsql:DIR/other.cf d={pgsql:DIR/third.cf pgsql:DIR/fourth.cf}
            \(lines)

            """,
            files: [
                "good.cf": table(hosts: hosts), "other.cf": table(hosts: hosts), "third.cf": table(),
                "fourth.cf": table(),
            ])
    }

    private func options(_ reading: ConfigurationReading, _ map: String) throws -> CacheOptions {
        let map = try #require(reading.configuration.maps.first { $0.name == map })
        return reading.configuration.cacheOptions(ofFile: map.file)
    }

    @Test("No worker may have more than 16G for what it keeps")
    func largestShare() throws {
        let cases: [(String, String?)] = [
            ("cache_size = 16G", nil), ("cache_size = 17G", "16G at most with workers = 1"),
            ("cache_size = 64G\nworkers = 4\npool_size = 4", nil),
            ("cache_size = 64G\nworkers = 3\npool_size = 4", "48G at most with workers = 3"),
        ]
        for (lines, expected) in cases {
            #expect(
                try reading(lines).errors
                    == expected.map {
                        [
                            "DIR/mapmux.conf:2: found a cache_size of more than 16G for each worker, expected \($0)"
                        ]
                    } ?? [], "\(lines)")
        }
    }

    // MARK: Values

    @Test(
        "A map is kept by time, by notification, or both",
        arguments: [
            ("m=5s", 5_000, false, false), ("m=500ms", 500, false, false), ("m=1ms", 1, false, false),
            ("m=1d", 86_400_000, false, false), ("m=24h", 86_400_000, false, false),
            ("m=2", 2_000, false, false), ("m=notified", nil, true, false),
            ("m=notified/5s", 5_000, true, false), ("m!=2s", 2_000, false, true),
            ("m!=notified", nil, true, true), ("m!=notified/1m", 60_000, true, true),
        ] as [(String, Int?, Bool, Bool)])
    func cache(value: String, bound: Int?, isNotified: Bool, isDeliberate: Bool) throws {
        let setting = try #require(try set("cache", value)?.cache["m"])
        #expect(setting.bound == bound)
        #expect(setting.isNotified == isNotified)
        #expect(setting.isDeliberate == isDeliberate)
    }

    @Test("Several maps stand between blanks, commas and newlines, and a name may have a = in it")
    func lists() throws {
        let cache = try #require(try set("cache", " a=5s,b=notified\n  c=d=2s , e!=1s ")).cache
        #expect(cache.mapValues(\.bound) == ["a": 5_000, "b": nil, "c=d": 2_000, "e": 1_000])
        let stale = try #require(try set("stale_while_down", "a=1h b!=7d")).staleWhileDown
        #expect(stale.mapValues(\.bound) == ["a": 3_600_000, "b": 604_800_000])
        #expect(stale.mapValues(\.isDeliberate) == ["a": false, "b": true])
    }

    @Test(
        "What is no such value is refused",
        arguments: [
            ("cache", "m"), ("cache", "m="), ("cache", "=5s"), ("cache", "!=5s"), ("cache", "m=0"),
            ("cache", "m=0ms"), ("cache", "m=-1s"), ("cache", "m=25h"), ("cache", "m=86400001ms"),
            ("cache", "m=notify"), ("cache", "m=notified/"), ("cache", "m=notified/0"),
            ("cache", "m=5s/notified"), ("cache", "m=notified/notified"), ("cache", "m=Notified"),
            ("cache", "m=5s m=2s"), ("cache", "m=5s m!=5s"), ("cache", "m = 5s"), ("cache", "m=5 s"),
            ("cache", "yes"),
            ("stale_while_down", "m=notified"), ("stale_while_down", "m=8d"), ("stale_while_down", "m=0"),
            ("stale_while_down", "m"), ("stale_while_down", "m=1h m=2h"),
            ("cache_size", "1048575"), ("cache_size", "0"), ("cache_size", "64m"), ("cache_size", "65G"),
            ("cache_size", "-1M"), ("cache_size", "M"), ("cache_size", ""), ("cache_size", "1.5G"),
            ("cache_size", "9223372036854775807G"),
            ("cache_max_staleness", "999ms"), ("cache_max_staleness", "61s"), ("cache_max_staleness", "0"),
            ("cache_max_staleness", "60001ms"), ("cache_max_staleness", ""),
            ("confirm_not_found", "1"), ("confirm_not_found", ""),
        ])
    func refused(name: String, value: String) throws {
        #expect(try set(name, value) == nil)
    }

    @Test("Sizes and times are taken up to their bounds")
    func bounds() throws {
        for (text, size) in [("1M", 1 << 20), ("1048576", 1 << 20), ("2048K", 2 << 20), ("64G", 64 << 30)] {
            #expect(try set("cache_size", text)?.cacheSize == size)
        }
        for (text, staleness) in [("1s", 1_000), ("1000ms", 1_000), ("60s", 60_000), ("1m", 60_000)] {
            #expect(try set("cache_max_staleness", text)?.cacheMaxStaleness == staleness)
        }
        for (text, confirms) in [("yes", true), ("no", false)] {
            #expect(try set("confirm_not_found", text)?.confirmsNotFound == confirms)
        }
        for (text, isNamed) in [("", false), (" ", false), ("$virtual_alias_maps", true), ("a.test", true)] {
            #expect(try set("virtual_alias_domains", text)?.hasVirtualAliasDomains == isNamed)
        }
    }

    @Test("An error has its file and its line, what was found, and what was expected")
    func places() throws {
        #expect(
            try reading("cache = a").errors == [
                "DIR/mapmux.conf:2: found `cache = a`, expected NAME=TIME, NAME=notified or NAME=notified/TIME of different maps, with a "
                    + "time such as 5s or 500ms, a day at most"
            ])
        #expect(
            try reading("cache_size = 3").errors == [
                "DIR/mapmux.conf:2: found `cache_size = 3`, expected a number of bytes such as 64M or 1G, from 1M to 64G"
            ])
        #expect(
            try reading("cache_max_staleness = 3h").errors == [
                "DIR/mapmux.conf:2: found `cache_max_staleness = 3h`, expected a time such as 2s or 1500ms, from 1 to 60 seconds"
            ])
        #expect(
            try reading("stale_while_down = a=9d").errors == [
                "DIR/mapmux.conf:2: found `stale_while_down = a=9d`, expected NAME=TIME of different maps, with a time such as 1h or 30m, "
                    + "a week at most"
            ])
        for parameter in ["cache", "stale_while_down"] {
            #expect(
                try reading("\(parameter) = nothing=5s").errors == [
                    "DIR/mapmux.conf:2: found `nothing` in \(parameter), expected names that are in maps"
                ])
        }
    }

    // MARK: Maps

    @Test(
        "A map by which somebody may send needs a ! to be kept",
        arguments: ["smtpd_sender_login_maps", "smtp_sasl_password_maps", "relay_clientcerts"])
    func revocable(parameter: String) throws {
        for name in ["cache", "stale_while_down"] {
            let lines = "map_parameters = c=\(parameter)\n"
            #expect(
                try reading(lines + "\(name) = c=2s").errors == [
                    "DIR/mapmux.conf:3: found `c` in \(name), which decides who may send, expected `c!` if an answer may count that has "
                        + "been taken back meanwhile"
                ])
            #expect(try reading(lines + "\(name) = c!=2s").errors == [])
        }
    }

    @Test("A ! in cache is none in stale_while_down, and a map about access needs one only there")
    func access() throws {
        let login = "map_parameters = c=smtpd_sender_login_maps\n"
        #expect(try reading(login + "cache = c!=2s\nstale_while_down = c=1h").errors.count == 1)
        #expect(try reading(login + "cache = c=2s\nstale_while_down = c!=1h").errors.count == 1)
        let client = "map_parameters = c=check_client_access\n"
        #expect(try reading(client + "cache = c=2s").errors == [])
        #expect(try reading(client + "cache = c=2s\nstale_while_down = c=1h").errors.count == 1)
        #expect(try reading(client + "cache = c=2s\nstale_while_down = c!=1h").errors == [])
        #expect(try reading("cache = c!=2s").errors == [], "a ! that is not needed does no harm")
    }

    @Test(
        "Maps on one table must agree",
        arguments: [
            "cache = a=5s", "cache = b=5s", "cache = a=5s b=2s", "cache = a=notified b=notified/5s",
            "cache = a=notified/5s b=5s", "stale_while_down = a=1h", "stale_while_down = a=1h b=2h",
        ])
    func disagreement(line: String) throws {
        let reading = try reading(line)
        let parameter = line.prefix { $0 != " " }
        #expect(reading.errors.count == 1)
        #expect(!reading.isUsable)
        let error = reading.errors.first ?? ""
        #expect(error.hasPrefix("DIR/mapmux.conf:2: found `"))
        #expect(error.contains("`a`") && error.contains("`b`"))
        #expect(
            error.hasSuffix(
                " with different values in \(parameter), expected the same for both, as they have the table DIR/good.cf in common"
            ))
    }

    @Test("Maps that agree are taken, and maps on other tables need not")
    func agreement() throws {
        let reading = try reading("cache = a=5s b!=5000ms c=2s d=notified/3s\nstale_while_down = d=1h")
        #expect(reading.errors == [])
        #expect(try options(reading, "a").bound == 5_000_000_000)
        #expect(try options(reading, "c").bound == 2_000_000_000)
        #expect(reading.configuration.keptMaps == ["a", "b", "c", "d"])
        for file in reading.configuration.maps.filter({ $0.name == "d" }).map(\.file) {
            let options = reading.configuration.cacheOptions(ofFile: file)
            #expect(options.isNotified && options.bound == 3_000_000_000)
            #expect(options.staleBound == 3_600_000_000_000)
        }
    }

    @Test("Nothing is kept of a map unless that is said")
    func off() throws {
        let reading = try reading("stale_while_down = c=1h")
        #expect(try options(reading, "a") == CacheOptions())
        #expect(reading.configuration.keptMaps == ["c"])
        #expect(try !options(reading, "c").isUsed && options(reading, "c").isKept)
    }

    @Test(
        "An old not found is given for maps that rewrite or route, if all maps of the table do",
        arguments: [
            ("c=transport_maps", "c=1h", true), ("c=transport_maps", "", false),
            ("c=virtual_mailbox_maps", "c=1h", false), ("", "c=1h", false),
            ("c=virtual_alias_maps", "c=1h", false),
            ("c=virtual_alias_maps,recipient_canonical_maps", "c=1h", false),
        ])
    func staleNotFound(parameters: String, stale: String, isGiven: Bool) throws {
        let reading = try reading("map_parameters = \(parameters)\nstale_while_down = \(stale)")
        #expect(reading.errors == [])
        #expect(try options(reading, "c").givesStaleNotFound == isGiven)
    }

    @Test("With an empty virtual_alias_domains, virtual_alias_maps rewrites")
    func noVirtualAliasDomains() throws {
        let lines = "map_parameters = c=virtual_alias_maps\nstale_while_down = c=1h\n"
        #expect(try options(reading(lines + "virtual_alias_domains ="), "c").givesStaleNotFound)
        #expect(try !options(reading(lines + "virtual_alias_domains = a.test"), "c").givesStaleNotFound)
    }

    @Test("Of two maps on one table, one by which Postfix rejects decides for both")
    func sharedTable() throws {
        let stale = "\nstale_while_down = a=1h b=1h"
        let mixed = try reading("map_parameters = a=transport_maps b=relay_domains" + stale)
        #expect(try !options(mixed, "a").givesStaleNotFound && !options(mixed, "b").givesStaleNotFound)
        let unknown = try reading("map_parameters = a=transport_maps" + stale)
        #expect(try !options(unknown, "a").givesStaleNotFound)
        let routing = try reading("map_parameters = a=transport_maps b=sender_bcc_maps" + stale)
        #expect(try options(routing, "a").givesStaleNotFound && options(routing, "b").givesStaleNotFound)
    }

    @Test("Not found is confirmed for maps by which Postfix rejects, if that is asked for")
    func confirmation() throws {
        let lines = "map_parameters = a=transport_maps b=relay_recipient_maps c=transport_maps\n"
        func confirms(_ more: String, _ name: String, hosts: String = "db1 db2") throws -> Bool {
            let configuration = try reading(lines + more, hosts: hosts).configuration
            let map = try #require(configuration.maps.first { $0.name == name })
            let place = try #require(map.place)
            return configuration.pools[place.pool].confirmed.contains(place.table)
        }
        // `a` has the table of `b`.
        #expect(try confirms("confirm_not_found = yes", "a"))
        #expect(try !confirms("confirm_not_found = yes", "c"))
        #expect(try !confirms("confirm_not_found = no", "b"))
        #expect(try !confirms("", "b"))
        // There is no other host to ask.
        #expect(try !confirms("confirm_not_found = yes", "b", hosts: "db1"))
    }
}
