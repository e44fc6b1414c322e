// On what and under which conditions the comparison was made.

import BenchmarkReport
import Foundation
import ThrowawayServers

struct Conditions: Codable {
    let date: String
    let processor: String
    let cores: Int
    let system: String
    let postgresql: String
    let postfix: String
    let pgbouncer: String
    let rows: Int
    let rounds: Int
    let seconds: Double
    let warmUp: Double
    let parameters: [String: String]
    let ceilingConnections: Int

    init(
        site: Site, settings: Site.Settings, rounds: Int, seconds: Double, warmUp: Double
    ) throws {
        date = ISO8601DateFormatter().string(from: Date())
        let cpu = (try? readFile("/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":")
            .last
        processor = model?.trimmingCharacters(in: .whitespaces) ?? "an unknown processor"
        cores = ProcessInfo.processInfo.activeProcessorCount
        system = ProcessInfo.processInfo.operatingSystemVersionString
        postgresql = try site.postgresqlVersion()
        postfix = Self.firstLine("postconf", ["-h", "mail_version"])
        pgbouncer = Self.firstLine("pgbouncer", ["--version"])
        rows = settings.rows
        self.rounds = rounds
        self.seconds = seconds
        self.warmUp = warmUp
        parameters = settings.parameters
        ceilingConnections = settings.ceilingConnections
    }

    var text: String {
        """
        PostgreSQL \(postgresql) with \(MarkdownTable.grouped(rows)) addresses, clients and all on \(cores) cores \
        of \(processor); Postfix \(postfix), \(pgbouncer).
        """
    }

    private static func firstLine(_ program: String, _ arguments: [String]) -> String {
        let text = (try? run(program, arguments))?.text ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "without \(program)"
    }
}
