// A daemon's whole life in half a second, with a call that fails in it, and a verdict on what it did.

import Daemon
import EventLoop
import Foundation
import Glibc
import LookupValues
import TestSupport
import ThrowawayServers

/// Start, lookups through both protocols, reload, statistics, upgrade, and the end; then whether all is well.
final class FaultRun {
    /// What was not as it should be.
    struct Problem: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    struct Verdict {
        /// Nil: nothing was wrong.
        var problem: String?
        var board: FaultBoard
        var temporary = 0
        var reconnects = 0
        /// It has ended by itself before it has answered anything.
        var hasNotStarted = false
    }

    /// The daemon could not start, and has said why.
    private struct NotStarted: Error {}

    private let mapmux: MapmuxProcess
    private let fault: Fault?
    private let log: () -> String
    private var clients: FaultClients
    private var random = SplitMix64(seed: 1)
    /// The first, or its successor.
    private var process: Int32 = 0

    /// - Parameter maps: those of the scene's `loadTables`.
    init(_ scene: Scene, maps: [String], fault: Fault?) throws {
        self.fault = fault
        let mapmux = try MapmuxProcess(maps: maps)
        self.mapmux = mapmux
        let path = mapmux.directory.path
        try mapmux.configure(
            maps: maps,
            parameters: [
                "proxymap_listen": "unix:\(path)/proxymap", "http_listen": "unix:\(path)/http",
                "pool_size": "2", "lookup_timeout": "3s", "connect_timeout": "2s", "drain_timeout": "1s",
            ])
        log = { mapmux.log() }
        clients = FaultClients(
            socketmap: mapmux.socketPath, proxymap: "\(path)/proxymap",
            tables: "pgsql:\(scene.directory.path)")
    }

    func verdict() -> Verdict {
        var verdict = Verdict(board: FaultBoard(path: board))
        do {
            try live()
        } catch is NotStarted {
            verdict.hasNotStarted = true
        } catch {
            verdict.problem = "\(error)"
        }
        if process > 0, process != (try? mapmux.processID()) { kill(process, SIGKILL) }
        mapmux.signal(SIGKILL)
        verdict.board = FaultBoard(path: board)
        verdict.temporary = clients.temporary
        verdict.reconnects = clients.reconnects
        return verdict
    }

    /// The end of what it has logged, for a report.
    var lastLog: String { String(log().suffix(1500)) }

    private var board: String { "\(mapmux.directory.path)/board" }

    private func live() throws {
        try start()
        try ask(50)
        _ = try command(.reload)
        _ = try command(.stats)
        try ask(5)
        // Where the status can't be had for now, it is looked for at the end.
        try? page(within: 1)
        try upgrade()
        try ask(5)
        _ = try command(.stats)
        try checkAll()
        try end()
    }

    private func start() throws {
        var environment = [
            "LD_PRELOAD": try builtProduct("libFaultShim.so"), "MAPMUX_FAULT_BOARD": board,
            "SWIFT_BACKTRACE": "enable=no",
        ]
        if let fault { environment["MAPMUX_FAULT"] = fault.setting }
        let child = try mapmux.launch(environment: environment)
        process = child.pid
        try wait("starts") {
            if let status = child.exitStatus() { throw notStarted(status) }
            return (try? mapmux.client()) != nil
        }
    }

    /// What an end without an answer comes to: a daemon that can't start says so, and leaves by itself.
    private func notStarted(_ status: Int32) -> any Error {
        let isSaid = log().contains("can't start: ") || log().contains("can't go on: ")
        return [71, 75, 78].contains(status) && isSaid
            ? NotStarted() : Problem("ended with \(status) at the start")
    }

    // MARK: What is asked of it

    /// So many questions through each protocol.
    private func ask(_ count: Int) throws {
        for _ in 0..<count {
            for isProxymap in [false, true] { _ = try lookup(isProxymap) }
        }
    }

    private func lookup(_ isProxymap: Bool) throws -> Bool {
        do {
            return try clients.lookup(Scene.lookup(random.below(1 << 30)), isProxymap: isProxymap)
        } catch {
            if !clients.hasAnswer, let status = mapmux.exitStatus { throw notStarted(status) }
            try checkLife()
            throw error
        }
    }

    private func command(_ command: ControlCommand) throws -> ControlAnswer {
        var answer: ControlAnswer?
        try wait("answers \(command)", within: 12) {
            // One that has lost a connection is asked again.
            answer = try? ControlClient(path: mapmux.controlPath).ask(command, seconds: 10)
            return answer != nil
        }
        return answer!
    }

    private func page(within seconds: Double) throws {
        try wait("shows its status", within: seconds) {
            let address = ProxyAddress.unix("\(mapmux.directory.path)/http")
            return (try? HTTPClient(to: address, timeLimit: 5).request("/metrics").status) == 200
        }
    }

    /// Asks for an upgrade; it may fail, and the old process goes on then.
    private func upgrade() throws {
        let start = log().count
        kill(process, SIGUSR2)
        try wait("upgrades, or says that it can't", within: 15) {
            let new = log().dropFirst(start)
            if new.contains("the upgrade has failed") { return true }
            // A line may be what is lost.
            guard let match = new.firstMatch(of: /(upgraded|upgrading)[^\n]*process=(\d+)/),
                let successor = Int32(match.2)
            else { return false }
            let isOver = new.contains("upgraded") || mapmux.exitStatus == 0
            if isOver && isAlive(successor) {
                try mapmux.killAtExit(successor)
                process = successor
                return true
            }
            return false
        }
    }

    // MARK: Whether all is well

    private func checkAll() throws {
        clients.disconnect()
        var right = 0
        try wait("answers everything again") {
            right = try lookup(right % 2 == 0) ? right + 1 : 0
            return right >= 20
        }
        // The fault may be in the first of two.
        var answers: [ControlAnswer] = []
        for _ in 0..<2 where answers.last?.status != .done { answers.append(try command(.reload)) }
        guard answers.last?.status == .done else { throw Problem("does not reload: \(answers)") }
        guard try command(.stats).statistics != nil else { throw Problem("has no statistics") }
        try page(within: 10)
        for _ in 0..<2 where process == (try? mapmux.processID()) { try upgrade() }
        guard process != (try? mapmux.processID()) else { throw Problem("can't be upgraded") }
        _ = try lookup(false)
    }

    private func end() throws {
        clients.disconnect()
        kill(process, SIGTERM)
        try wait("drains") { !isAlive(process) }
        try wait("has its predecessor end") { mapmux.exitStatus != nil }
        guard mapmux.exitStatus == 0 else { throw Problem("ended with \(mapmux.exitStatus ?? -1)") }
        let drained = log().ranges(of: "drained").count
        // A line may be what is lost.
        if drained < 2 && !["poll", "write"].contains(fault?.call ?? "") {
            throw Problem("\(drained) of 2 processes have drained")
        }
    }

    private func checkLife() throws {
        if isAlive(process) { return }
        throw Problem("crashed, status \(mapmux.exitStatus.map { "\($0)" } ?? "unknown")")
    }

    private func isAlive(_ process: Int32) -> Bool {
        if process == (try? mapmux.processID()) { return mapmux.isRunning }
        // A successor that has ended is still there until its new parent looks after it.
        guard let stat = try? readFile("/proc/\(process)/stat") else { return false }
        return String(decoding: stat, as: UTF8.self).split(separator: ")").last?.hasPrefix(" Z") == false
    }

    private func wait(_ what: String, within seconds: Double = 10, _ condition: () throws -> Bool) throws {
        do {
            try waitUntil(what, within: seconds, condition)
        } catch is SupportError {
            try checkLife()
            throw Problem("hangs: no sign that it \(what)")
        }
    }
}
