// On what a comparison was made.

import Foundation
import ThrowawayServers

struct Machine: Codable {
    let date: String
    let processor: String
    let cores: Int
    let system: String
    let postgresql: String
    let postfix: String

    /// - Parameter postgresql: its version.
    init(postgresql: String) {
        date = ISO8601DateFormatter().string(from: Date())
        let cpu = (try? readFile("/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":")
            .last
        processor = model?.trimmingCharacters(in: .whitespaces) ?? "an unknown processor"
        cores = ProcessInfo.processInfo.activeProcessorCount
        system = ProcessInfo.processInfo.operatingSystemVersionString
        self.postgresql = postgresql
        postfix = Self.firstLine("postconf", ["-h", "mail_version"])
    }

    /// The first line that a program prints, as its version.
    static func firstLine(_ program: String, _ arguments: [String]) -> String {
        let text = (try? run(program, arguments))?.text ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "without \(program)"
    }
}
