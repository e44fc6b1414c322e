// The numbers of kept tables: they stay as long as nothing changes for a table, and never come back.

import AnswerCache
import Configuration
import DaemonTestSupport
import EventLoop
import LookupTables
import Testing
import ThrowawayServers

@Suite("Numbers of kept tables")
struct CacheNumbersTests {
    /// Configurations in one directory, as the names of the files count.
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func configuration(
        _ lines: String, a: String = table(), b: String = table(), maps: [String] = ["a", "b"]
    ) throws -> DaemonConfiguration {
        try directory.write("a.cf", a, mode: 0o640)
        try directory.write("b.cf", b, mode: 0o640)
        let list = maps.map { "\($0)=pgsql:\(directory.path)/\($0).cf" }.joined(separator: " ")
        let file = try directory.write("mapmux.conf", "maps = \(list)\n\(lines)\n")
        var errors: [String] = []
        let source = ConfigurationSource(file: file, overrides: [], system: .local)
        let configuration = source.readForUse { errors.append($0.description) }
        return try #require(configuration, "\(errors)")
    }

    /// The number of a map's table; nil if nothing is kept of it.
    private func number(_ map: String, _ plan: CachePlan, _ configuration: DaemonConfiguration) throws -> Int?
    {
        let place = try #require(configuration.maps.first { $0.name == map }?.place)
        return plan.tables[place.pool][place.table]?.number
    }

    private func numbers(_ plan: CachePlan, _ configuration: DaemonConfiguration) throws -> [String: Int] {
        var numbers: [String: Int] = [:]
        for map in configuration.maps { numbers[map.name] = try number(map.name, plan, configuration) }
        return numbers
    }

    @Test("A plan has the tables that are kept, the room and the bound")
    func plan() throws {
        var numbers = CacheNumbers()
        let configuration = try configuration("cache = a=5s\ncache_size = 2M\ncache_max_staleness = 3s")
        let plan = numbers.adopt(configuration)
        #expect(plan.kept.count == 1)
        #expect(plan.kept[0].options.bound == 5_000_000_000)
        #expect(try number("a", plan, configuration) == plan.kept[0].number)
        #expect(try number("b", plan, configuration) == nil)
        #expect(plan.size == 2 << 20)
        #expect(plan.staleness == 3_000_000_000)
        // Both tables have the same target.
        #expect(plan.targets.count == 1 && plan.kept[0].target == plan.targets[0])
    }

    @Test("A reload that changes nothing for a table leaves it its number, wherever it stands")
    func reload() throws {
        var numbers = CacheNumbers()
        let first = try configuration("cache = a=5s b=2s")
        let before = try self.numbers(numbers.adopt(first), first)
        #expect(Set(before.values).count == 2)
        for (lines, maps) in [
            ("cache = a=5s b=2s", ["a", "b"]), ("cache = b=2s a=5s", ["b", "a"]),
            ("cache = a=5s b=2s\ncache_size = 1M\npool_size = 2\nlookup_timeout = 20s", ["a", "b"]),
        ] {
            let next = try configuration(lines, maps: maps)
            #expect(try self.numbers(numbers.adopt(next), next) == before, "\(lines)")
        }
    }

    @Test(
        "A table that is another one, or kept otherwise, has a new number, and the others keep theirs",
        arguments: [
            ("cache = a=4s b=2s", table()), ("cache = a=notified/5s b=2s", table()),
            ("cache = a=5s b=2s\nstale_while_down = a=1h", table()),
            ("cache = a=5s b=2s", table("result_format = <%s>")),
            ("cache = a=5s b=2s", table("domain = a.test")),
            ("cache = a=5s b=2s", table("expansion_limit = 3")),
            ("cache = a=5s b=2s", table(hosts: "other.example.com")),
            ("cache = a=5s b=2s", table(user: "other")),
            ("cache = a=5s b=2s", table(password: "other")),
            ("cache = a=5s b=2s", table(dbname: "other")),
            ("cache = a=5s b=2s", table("encoding = LATIN1")),
        ])
    func change(lines: String, a: String) throws {
        var numbers = CacheNumbers()
        let first = try configuration("cache = a=5s b=2s")
        let before = try self.numbers(numbers.adopt(first), first)
        let second = try configuration(lines, a: a)
        let after = try self.numbers(numbers.adopt(second), second)
        #expect(after["b"] == before["b"])
        #expect(try !before.values.contains(#require(after["a"])))
    }

    @Test("What an old not found is given for is part of how a table is kept")
    func use() throws {
        var numbers = CacheNumbers()
        let lines = "stale_while_down = a=1h b=1h\nmap_parameters = a="
        let first = try configuration(lines + "transport_maps")
        let second = try configuration(lines + "relay_domains")
        let before = try self.numbers(numbers.adopt(first), first)
        let after = try self.numbers(numbers.adopt(second), second)
        #expect(before["a"] != after["a"] && before["b"] == after["b"])
    }

    @Test("A table that is not kept for a while, or not there, has a new number when it comes back")
    func comingBack() throws {
        var numbers = CacheNumbers()
        let whole = try configuration("cache = a=5s b=2s")
        let before = try self.numbers(numbers.adopt(whole), whole)
        var seen = Set(before.values)
        for (lines, maps) in [("cache = b=2s", ["a", "b"]), ("cache = b=2s", ["b"])] {
            _ = numbers.adopt(try configuration(lines, maps: maps))
            let again = try configuration("cache = a=5s b=2s")
            let after = try self.numbers(numbers.adopt(again), again)
            #expect(after["b"] == before["b"])
            #expect(try seen.insert(#require(after["a"])).inserted, "a number has come back")
        }
    }

    @Test(
        "A target's outage concerns its maps, and those of them that are in stale_while_down",
        arguments: [
            ("stale_while_down = a=1h b=30m", 2, 1_800), ("stale_while_down = b=1h", 1, 3_600),
            ("cache = a=5s b=5s", 0, 0), ("", 0, 0),
        ])
    func outages(lines: String, given: Int, seconds: Int64) throws {
        var numbers = CacheNumbers()
        let outages = numbers.adopt(try configuration(lines)).outages
        #expect(outages.count == 1 && outages[0].maps == 2)
        #expect(outages[0].givenMaps == given && outages[0].bound == seconds * 1_000_000_000)
    }

    @Test("Each target has an outage of its own")
    func severalTargets() throws {
        var numbers = CacheNumbers()
        let outages = numbers.adopt(
            try configuration("stale_while_down = b=1h", b: table(hosts: "other.example.com"))
        ).outages
        #expect(outages.map(\.maps) == [1, 1] && outages.map(\.givenMaps) == [0, 1])
    }

    @Test("A target keeps its number while a table's changes, and a new target has a new one")
    func targets() throws {
        var numbers = CacheNumbers()
        let first = numbers.adopt(try configuration("cache = a=5s b=2s"))
        let second = numbers.adopt(
            try configuration("cache = a=5s b=2s", a: table("expansion_limit = 3")))
        #expect(first.targets == second.targets)
        let third = numbers.adopt(
            try configuration("cache = a=5s b=2s", a: table(hosts: "other.example.com")))
        #expect(third.targets.count == 2 && Set(third.targets).intersection(first.targets).count == 1)
        #expect(Set(third.kept.map(\.target)) == Set(third.targets))
    }
}
