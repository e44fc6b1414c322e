// The daemon of a chaos run: it is restarted, reloaded and upgraded, and must never end of itself.

import Foundation
import Glibc
import Synchronization
import ThrowawayServers

final class DaemonKeeper: Sendable {
    let socketmap: HandedSocket
    let proxymap: HandedSocket
    let workers: Int
    private let mapmux: MapmuxProcess
    private let maps: [String]
    private let parameters: [String: String]
    private let state = Mutex(State())

    private struct State {
        /// The process that serves: after an upgrade it is no child of this one.
        var serving: Int32 = 0
        /// Those that serve the clients they are left with, since an upgrade.
        var retiring: [Int32] = []
        var peakMemory = 0
        /// Lookups that were answered by what is kept, by the process and the map.
        var hits: [Int32: [String: Int]] = [:]
    }

    init(maps: [String], workers: Int, parameters: [String: String]) throws {
        self.maps = maps
        self.workers = workers
        // The sockets are handed over.
        let none = ["socketmap_listen": "", "proxymap_listen": "", "workers": "\(workers)"]
        self.parameters = parameters.merging(none) { given, _ in given }
        mapmux = try MapmuxProcess(maps: maps, parameters: self.parameters)
        let directory = mapmux.directory.path
        socketmap = try HandedSocket(path: "\(directory)/socketmap", name: "socketmap")
        proxymap = try HandedSocket(path: "\(directory)/proxymap", name: "proxymap")
        try start()
    }

    deinit {
        state.withLock { if $0.serving > 0 { kill($0.serving, SIGKILL) } }
    }

    var log: String { mapmux.log() }

    private var process: Int32 { state.withLock { $0.serving } }

    /// Whether the daemon serves, or has died.
    var isRunning: Bool { isRunning(process) }

    private func isRunning(_ process: Int32) -> Bool {
        // Where nobody reaps it, a process that has ended stays as a zombie.
        guard let stat = try? readFile("/proc/\(process)/stat") else { return false }
        let state = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
        return state != "Z" && state != "X"
    }

    /// Bytes of the log so far.
    var logged: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: mapmux.logPath)
        return attributes?[.size] as? Int ?? 0
    }

    /// What the log has beyond so many bytes.
    func log(beyond offset: Int) -> String {
        guard let file = FileHandle(forReadingAtPath: mapmux.logPath) else { return "" }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: UInt64(offset))) != nil, let data = try? file.readToEnd() else {
            return ""
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Returns the log beyond so many bytes once it has this text there.
    @discardableResult
    private func waitForLog(_ text: String, beyond offset: Int) throws -> String {
        try waitUntil("the daemon logs \"\(text)\" after \(log(beyond: offset).suffix(1000))") {
            if log(beyond: offset).contains(text) { return true }
            usleep(5000)
            return false
        }
        return log(beyond: offset)
    }

    private func start() throws {
        let logged = logged
        let child = try mapmux.launch(handing: [socketmap, proxymap])
        state.withLock { $0.serving = child.pid }
        try waitForLog("serving", beyond: logged)
    }

    /// Ends it with TERM, and starts another one on the same sockets.
    func restart() throws {
        noteMemory()
        let logged = logged
        kill(process, SIGTERM)
        try waitUntil("the daemon ends: \(log(beyond: logged).suffix(1000))") { !isRunning }
        try waitForLog("drained", beyond: logged)
        try start()
    }

    func upgrade() throws {
        noteMemory()
        let logged = logged
        kill(process, SIGUSR2)
        let log = try waitForLog("upgraded", beyond: logged)
        let line = log.split(separator: "\n").first { $0.contains("upgraded") }
        guard let number = line?.firstMatch(of: /process=(\d+)/)?.1, let pid = Int32(number) else {
            throw SupportError("no process in: \(line ?? "")")
        }
        try mapmux.killAtExit(pid)
        state.withLock { state in
            state.retiring.append(state.serving)
            state.serving = pid
        }
    }

    /// Returns when those have ended that an upgrade has left with their clients.
    func waitForRetiring() throws {
        for process in state.withLock({ $0.retiring }) {
            try waitUntil("process \(process) ends after the upgrade: \(log.suffix(1000))") {
                usleep(5000)
                return !isRunning(process)
            }
        }
        state.withLock { $0.retiring = [] }
    }

    /// Has it read its configuration, and returns what it says to that.
    func reload(maps: [String]? = nil) throws -> String {
        try mapmux.configure(maps: maps ?? self.maps, parameters: parameters)
        let logged = logged
        kill(process, SIGHUP)
        return try waitForLog("reload", beyond: logged)
    }

    /// What `mapmux triggers` prints, once it does: another fault may have a table's file broken meanwhile.
    func triggers(_ arguments: [String]) throws -> String {
        var result = try mapmux.run("triggers", arguments)
        try waitUntil("triggers: \(result.stderr)", within: 20) {
            if result.status == 0 { return true }
            usleep(50_000)
            result = try mapmux.run("triggers", arguments)
            return false
        }
        return result.text
    }

    /// Has it forget what is kept.
    func flush(_ arguments: [String]) throws {
        let result = try mapmux.run("flush", arguments)
        guard result.status == 0 else { throw SupportError("flush: \(result.text) \(result.stderr)") }
    }

    /// The most memory that any process of the daemon has had resident, in bytes, as far as noted.
    var peakMemory: Int { state.withLock { $0.peakMemory } }

    /// Notes how much memory the process that serves has had resident at most until now.
    func noteMemory() {
        let peak = (try? ProcessGauge(process: process).peakMemory()) ?? 0
        state.withLock { $0.peakMemory = max($0.peakMemory, peak) }
        _ = try? keptMaps()
    }

    // MARK: What is kept

    /// What is read here of `mapmux stats --json`.
    private struct Statistics: Decodable {
        struct Map: Decodable {
            let name: String
            let cache: Cache?
        }

        struct Cache: Decodable {
            let hitsFound: Int
            let hitsNotFound: Int
            let bypass: String?
        }

        let maps: [Map]
    }

    /// Asks for figures, and notes them. There are none while another fault restarts the daemon.
    private func keptMaps() throws -> [(name: String, cache: Statistics.Cache)] {
        let process = process
        let result = try mapmux.run("stats", ["--json"])
        guard result.status == 0 else { return [] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let maps = try decoder.decode(Statistics.self, from: Data(result.stdout)).maps.compactMap { map in
            map.cache.map { (map.name, $0) }
        }
        state.withLock { state in
            for (name, cache) in maps {
                state.hits[process, default: [:]][name] = cache.hitsFound + cache.hitsNotFound
            }
        }
        return maps
    }

    /// Lookups in a map that were answered by what is kept, as far as noted.
    func hits(_ map: String) -> Int {
        state.withLock { $0.hits.values.reduce(0) { $0 + ($1[map] ?? 0) } }
    }

    /// Returns once the map is answered by notification.
    func waitForNotification(of map: String) throws {
        try waitUntil("\(map) is answered by notification: \(log.suffix(2000))", within: 40) {
            usleep(50_000)
            return try keptMaps().contains { $0.name == map && $0.cache.bypass == nil }
        }
    }
}
