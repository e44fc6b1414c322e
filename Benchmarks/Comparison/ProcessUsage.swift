// What processes have used of processor and memory, from /proc: see proc(5).

import Foundation
import Glibc

enum ProcessUsage {
    /// The processor time of a process and of those of its children that have ended, in seconds.
    static func processorSeconds(of pid: Int32) -> Double {
        // The fields after the name, which may hold anything, begin with the third.
        let fields = text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.dropFirst(11).prefix(4).compactMap { Double($0) }
        guard ticks.count == 4 else { return 0 }
        let tick = 1 / Double(sysconf(Int32(_SC_CLK_TCK)))
        // A tick is long for one of a thousand processes: the scheduler's own figures count nanoseconds.
        let precise = threadSeconds(of: pid)
        return (precise > 0 ? precise : (ticks[0] + ticks[1]) * tick) + (ticks[2] + ticks[3]) * tick
    }

    private static func threadSeconds(of pid: Int32) -> Double {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return threads.reduce(0) { sum, thread in
            let fields = text("/proc/\(pid)/task/\(thread)/schedstat").split(separator: " ")
            return sum + (fields.first.flatMap { Double($0) } ?? 0) / 1e9
        }
    }

    /// The processor time of a process and all its children, past and present, in seconds.
    static func processorSeconds(ofTree root: Int32) -> Double {
        ([root] + children(of: root)).reduce(0) { $0 + processorSeconds(of: $1) }
    }

    static func children(of pid: Int32) -> [Int32] {
        text("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { Int32($0) }
    }

    /// Resident memory in bytes; what processes share is divided among them.
    static func memory(of pid: Int32) -> Int {
        let line = text("/proc/\(pid)/smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }

    /// How ps(1) shows it; PostgreSQL's processes say there whose they are.
    static func title(of pid: Int32) -> String { text("/proc/\(pid)/cmdline") }

    /// Empty where the process has gone. Such a file comes in pieces, and says nothing of its size.
    private static func text(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        var all = Data()
        while let piece = try? file.read(upToCount: 1 << 16), !piece.isEmpty { all += piece }
        return String(decoding: all, as: UTF8.self)
    }
}
