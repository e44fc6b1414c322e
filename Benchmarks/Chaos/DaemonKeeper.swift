// The daemon of a chaos run: it is restarted, reloaded and upgraded, and must never end of itself.

import Foundation
import Glibc
import Synchronization
import TestSupport

final class DaemonKeeper: Sendable {
    let socketmap: HandedSocket
    let proxymap: HandedSocket
    private let mapmux: MapmuxProcess
    private let maps: [String]
    private let parameters: [String: String]
    /// The process that serves: after an upgrade it is no child of this one.
    private let serving = Mutex<Int32>(0)

    init(maps: [String], parameters: [String: String]) throws {
        self.maps = maps
        let none = ["socketmap_listen": "", "proxymap_listen": ""]
        self.parameters = parameters.merging(none) { given, _ in given }
        mapmux = try MapmuxProcess(maps: maps, parameters: self.parameters)
        let directory = mapmux.directory.path
        socketmap = try HandedSocket(path: "\(directory)/socketmap", name: "socketmap")
        proxymap = try HandedSocket(path: "\(directory)/proxymap", name: "proxymap")
        try start()
    }

    deinit {
        serving.withLock { if $0 > 0 { kill($0, SIGKILL) } }
    }

    var log: String { mapmux.log() }

    private var process: Int32 { serving.withLock { $0 } }

    /// Whether the daemon serves, or has died.
    var isRunning: Bool {
        // Where nobody reaps it, a process that has ended stays as a zombie.
        guard let stat = try? readFile("/proc/\(process)/stat") else { return false }
        let state = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
        return state != "Z" && state != "X"
    }

    private func start() throws {
        let logged = mapmux.log().count
        let child = try mapmux.launch(handing: [socketmap, proxymap])
        serving.withLock { $0 = child.pid }
        try mapmux.waitForLog("serving", beyond: logged)
    }

    /// Ends it with TERM, and starts another one on the same sockets.
    func restart() throws {
        kill(process, SIGTERM)
        try waitUntil("the daemon ends: \(mapmux.log().suffix(1000))") { !isRunning }
        // Whose child it is, if it is this one's.
        try? mapmux.waitForLog("drained")
        try start()
    }

    func upgrade() throws {
        let logged = mapmux.log().count
        kill(process, SIGUSR2)
        try mapmux.waitForLog("upgraded", beyond: logged)
        let line = mapmux.log().dropFirst(logged).split(separator: "\n").first { $0.contains("upgraded") }
        guard let number = line?.firstMatch(of: /process=(\d+)/)?.1, let pid = Int32(number) else {
            throw SupportError("no process in: \(line ?? "")")
        }
        serving.withLock { $0 = pid }
    }

    /// Has it read its configuration, and returns what it says to that.
    func reload(maps: [String]? = nil) throws -> String {
        try mapmux.configure(maps: maps ?? self.maps, parameters: parameters)
        let logged = mapmux.log().count
        kill(process, SIGHUP)
        try waitUntil("an answer to HUP: \(mapmux.log().suffix(1000))") {
            mapmux.log().dropFirst(logged).contains("reload")
        }
        return String(mapmux.log().dropFirst(logged))
    }

    /// The most memory resident so far, of the process that serves, in bytes.
    var peakMemory: Int {
        let status = (try? readFile("/proc/\(process)/status")).map { String(decoding: $0, as: UTF8.self) }
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}
