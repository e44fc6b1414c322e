// What a process takes up, by proc(5).

import Foundation
import Glibc

package struct ProcessGauge: Sendable {
    private let process: Int32

    package init(process: Int32) {
        self.process = process
    }

    package struct Holdings: Sendable {
        /// Bytes.
        package let residentMemory: Int
        package let descriptors: Int
        package let threads: Int
    }

    /// What it holds at the moment.
    package func holdings() throws -> Holdings {
        // The second field counts resident pages.
        let pages = try text("statm").split(separator: " ")
        guard pages.count > 1, let resident = Int(pages[1]) else { throw SupportError("what is \(pages)?") }
        func entries(_ name: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/\(name)").count
        }
        return Holdings(
            residentMemory: resident * sysconf(Int32(_SC_PAGESIZE)), descriptors: try entries("fd"),
            threads: try entries("task"))
    }

    /// The most memory that it has had resident, in bytes.
    package func peakMemory() throws -> Int {
        let status = try text("status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw SupportError("no VmHWM in \(status)")
        }
        return kilobytes << 10
    }

    /// How much processor time all its threads have used, in seconds.
    package func processorTime() throws -> Double {
        // The fields after the name, which may hold anything, begin with the third.
        let stat = try text("stat")
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw SupportError("what is \(stat)?")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func text(_ file: String) throws -> String {
        String(decoding: try readFile("/proc/\(process)/\(file)"), as: UTF8.self)
    }
}
