// Tables whose files or logins can't be used: what is served in their place.

import DaemonTestSupport
import EventLoop
import LookupTables
import Testing
import ThrowawayServers

@testable import Configuration

/// A directory with table files, and configurations of three of them.
private struct Files {
    let directory: TemporaryDirectory
    let source: ConfigurationSource

    init(_ settings: String = "") throws {
        directory = try TemporaryDirectory()
        let path = directory.path
        source = ConfigurationSource(
            file: try directory.write(
                "mapmux.conf",
                "maps = pgsql:\(path)/a.cf pgsql:\(path)/b.cf c=pgsql:\(path)/b.cf\n\(settings)\n"),
            overrides: [], system: .local)
        try write("a", table())
        try write("b", table("result_format = %s"))
    }

    func write(_ name: String, _ text: String, mode: Int = 0o640) throws {
        try directory.write("\(name).cf", text, mode: mode)
    }

    func read() throws -> DaemonConfiguration { try #require(source.readForUse { _ in }) }

    func reread(_ configuration: DaemonConfiguration) -> DaemonConfiguration {
        configuration.rereading { TableFile($0, defaultEncoding: "UTF8", system: .local).table }
            .keepingTables(
                of: configuration)
    }
}

extension DaemonConfiguration {
    /// How each map is served.
    fileprivate var states: [String] {
        maps.map { map in
            let format = table(of: map).map { $0.target.password ?? "none" } ?? "-"
            return "\(map.name) \(format)\(map.trouble == nil ? "" : " in trouble")"
        }
    }
}

@Suite("Tables in trouble")
struct TableTroubleTests {
    private let broken = table("expansion_limit = few")

    @Test("A file that is wrong, missing or for everybody to read is its maps' trouble alone, at the start")
    func start() throws {
        let files = try Files("strict_permissions = yes")
        try files.write("b", broken)
        #expect(try files.read().states == ["a secret", "b - in trouble", "c - in trouble"])
        try files.write("b", table(), mode: 0o644)
        let open = try files.read()
        #expect(open.states == ["a secret", "b - in trouble", "c - in trouble"])
        #expect(
            open.maps[1].trouble?.reason.contains("found a password in a file that everybody may read")
                == true)
        let settings = "strict_permissions = no\nmaps = pgsql:\(files.directory.path)/b.cf\n"
        try files.directory.write("mapmux.conf", settings)
        #expect(try files.read().states == ["b secret"])
    }

    @Test("At a reload it stays as it was, and the others are as their files say now")
    func reload() throws {
        let files = try Files()
        let former = try files.read()
        try files.write("a", table(password: "new"))
        try files.write("b", broken)
        let now = try files.read().keepingTables(of: former)
        #expect(now.states == ["a new", "b secret in trouble", "c secret in trouble"])
        #expect(now.maps[1].trouble?.reason.contains("b.cf:6: found the expansion_limit `few`") == true)
        // As often as one likes, and whatever the reason.
        let same = try files.read().keepingTables(of: now)
        #expect(same == now)
        try files.write("b", table(password: "right"))
        #expect(try files.read().keepingTables(of: now).states == ["a new", "b right", "c right"])
    }

    @Test("A table that never was good has no last good form, and a map that is gone has nothing")
    func neverGood() throws {
        let files = try Files()
        try files.write("b", broken)
        let former = try files.read()
        #expect(try files.read().keepingTables(of: former) == former)
        try files.directory.write("mapmux.conf", "maps = pgsql:\(files.directory.path)/a.cf\n")
        #expect(try files.read().keepingTables(of: former).states == ["a secret"])
    }

    @Test("A file in trouble is read again by itself, and others are not")
    func rereading() throws {
        let files = try Files()
        try files.write("b", broken)
        let former = try files.read()
        try files.write("a", table(password: "unasked"))
        #expect(files.reread(former) == former)
        try files.write("b", table(password: "right"))
        #expect(files.reread(former).states == ["a secret", "b right", "c right"])
        var reads = 0
        _ = former.rereading { _ in
            reads += 1
            return .failure(former.maps[1].trouble!)
        }
        #expect(reads == 1)
    }

    @Test("It is read again after its own retry_interval, or a minute where that can't be told")
    func intervals() throws {
        let files = try Files()
        #expect(try files.read().retryInterval == nil)
        try files.write("b", "retry_interval = 7s\n\(broken)")
        #expect(try files.read().retryInterval == 7)
        try files.write("a", "retry_interval = soon\n\(broken)")
        #expect(try files.read().maps.map { $0.trouble?.retryInterval } == [60, 7, 7])
        try files.write("b", broken)
        #expect(try files.read().retryInterval == 60)
    }

    @Test("A login that is refused leaves its table as it was, and one that is new is not tried")
    func refusal() throws {
        let files = try Files()
        let former = try files.read()
        try files.write("b", table(password: "wrong"))
        let new = try files.read()
        #expect(new.changedLogins(since: former).map(\.target.password) == ["wrong"])
        #expect(former.changedLogins(since: former) == [])
        let trouble = TableTrouble(Diagnostic(severity: .error, file: "b.cf", line: nil, message: "refused"))
        let file = new.maps[1].file
        let now = new.keepingTables(of: former, refusals: [file: trouble])
        #expect(now.states == ["a secret", "b secret in trouble", "c secret in trouble"])
        // It is in trouble as long as it is refused, and no longer.
        #expect(files.reread(now).states == ["a secret", "b wrong", "c wrong"])
        let empty = DaemonConfiguration()
        #expect(new.changedLogins(since: empty) == [])
        #expect(new.keepingTables(of: empty, refusals: [file: trouble]) == new)
    }

    @Test("A table that stays as it was leaves its pool as that was, though the others move to another login")
    func pools() throws {
        let files = try Files()
        let former = try files.read()
        #expect(former.pools.map(\.tables.count) == [2])
        try files.write("a", table(password: "new"))
        try files.write("b", table(password: "typo"))
        let new = try files.read()
        let trouble = TableTrouble(Diagnostic(severity: .error, file: "b.cf", line: nil, message: "refused"))
        let now = new.keepingTables(of: former, refusals: [new.maps[1].file: trouble])
        #expect(now.states == ["a new", "b secret in trouble", "c secret in trouble"])
        #expect(now.pools.contains(former.pools[0]))
        #expect(Set(now.pools.map(\.name)).count == 2)
        let again = try files.read().keepingTables(of: now, refusals: [new.maps[1].file: trouble])
        #expect(again == now)
        try files.write("b", table(password: "new"))
        #expect(files.reread(now).pools.map(\.tables.count) == [2])
    }

    @Test("The reason is one line of bounded length, without control characters")
    func reason() {
        let text = String(repeating: "x\u{1B}\n", count: 1_000)
        let trouble = TableTrouble(Diagnostic(severity: .error, file: "/t.cf", line: 3, message: text))
        #expect(
            trouble.reason.hasPrefix("/t.cf:3: x\\u{1B}") && (390...400).contains(trouble.reason.utf8.count))
        #expect(!trouble.reason.contains { $0.isNewline || $0 == "\u{1B}" })
    }
}
