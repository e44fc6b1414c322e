// What a process takes up, by proc(5).

import Foundation
import Glibc
import ThrowawayServers

struct Gauge {
    let process: Int32

    /// Memory resident now, in bytes.
    var memory: Int {
        let text = (try? readFile("/proc/\(process)/statm")).map { String(decoding: $0, as: UTF8.self) }
        let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }

    /// Processor time used so far, in seconds.
    var processorTime: Double {
        let stat = (try? readFile("/proc/\(process)/stat")).map { String(decoding: $0, as: UTF8.self) }
        let fields = stat?.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            return 0
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
