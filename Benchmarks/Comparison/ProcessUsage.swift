// What processes have used of processor and memory, from /proc: see proc(5).

import Foundation
import Glibc
import TestSupport

enum ProcessUsage {
    /// The processor time of a process and of those of its children that have ended, in seconds.
    static func processorSeconds(of pid: Int32) -> Double {
        // The fields after the name, which may hold anything, begin with the third.
        guard let stat = text("/proc/\(pid)/stat"), let fields = stat.split(separator: ")").last else {
            return 0
        }
        let ticks = fields.split(separator: " ").dropFirst(11).prefix(4).compactMap { Double($0) }
        return ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The processor time of a process and all its children, past and present, in seconds.
    static func processorSeconds(ofTree root: Int32) -> Double {
        ([root] + children(of: root)).reduce(0) { $0 + processorSeconds(of: $1) }
    }

    static func children(of pid: Int32) -> [Int32] {
        let list = text("/proc/\(pid)/task/\(pid)/children") ?? ""
        return list.split(separator: " ").compactMap { Int32($0) }
    }

    /// Resident memory in bytes; what processes share is divided among them.
    static func memory(of pid: Int32) -> Int {
        let lines = text("/proc/\(pid)/smaps_rollup")?.split(separator: "\n") ?? []
        guard let line = lines.first(where: { $0.hasPrefix("Pss:") }) else { return 0 }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }

    /// How ps(1) shows it; PostgreSQL's processes say there what they do.
    static func title(of pid: Int32) -> String { text("/proc/\(pid)/cmdline") ?? "" }

    private static func text(_ path: String) -> String? {
        (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
