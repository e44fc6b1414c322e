// A Prometheus server that scrapes one place, with its data in a temporary directory.

import Foundation
import Glibc
import TestSupport
import ThrowawayServers

final class Prometheus: Sendable {
    private let directory: TemporaryDirectory
    private let process: ChildProcess
    private let port: Int

    /// Starts it, and returns when it answers.
    ///
    /// - Parameter port: of 127.0.0.1, where /metrics is.
    init(scraping port: Int, rules: String) throws {
        directory = try TemporaryDirectory()
        self.port = try freeLoopbackPort()
        let configuration = try directory.write(
            "prometheus.yml",
            """
            global: {scrape_interval: 500ms, evaluation_interval: 500ms}
            rule_files: ['\(rules)']
            scrape_configs:
              - job_name: mapmux
                static_configs: [{targets: ['127.0.0.1:\(port)']}]

            """)
        let log = "\(directory.path)/log"
        let process = try ChildProcess(
            "prometheus",
            [
                "--config.file=\(configuration)", "--storage.tsdb.path=\(directory.path)/data",
                "--web.listen-address=127.0.0.1:\(self.port)",
            ], stdout: log, stderr: log)
        self.process = process
        try Guard.shared.get().atExit(
            "grep -qx prometheus /proc/\(process.pid)/comm && kill -KILL \(process.pid)")
        let own = self.port
        try waitUntil("Prometheus is ready") {
            if let status = process.exitStatus() {
                let text = String(decoding: try readFile(log), as: UTF8.self)
                throw SupportError("prometheus ended with status \(status): \(text)")
            }
            return (try? HTTPClient(to: .tcp(own)).request("/-/ready").status) == 200
        }
    }

    /// The values of a query now, by the label that tells the series apart.
    func query(_ expression: String, by label: String) throws -> [String: Double] {
        struct Answer: Decodable {
            struct Data: Decodable { let result: [Series] }
            struct Series: Decodable {
                let metric: [String: String]
                let value: [Text]
            }
            /// A number or a string; the time is one and the value the other.
            struct Text: Decodable {
                let text: String
                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    text = try (try? container.decode(String.self)) ?? "\(container.decode(Double.self))"
                }
            }
            let data: Data
        }
        let allowed = CharacterSet.alphanumerics
        let encoded = expression.addingPercentEncoding(withAllowedCharacters: allowed)!
        let response = try HTTPClient(to: .tcp(port)).request("/api/v1/query?query=\(encoded)")
        guard response.status == 200 else { throw SupportError("\(expression): \(response.text)") }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
        return Dictionary(
            answer.data.result.map { ($0.metric[label] ?? "", Double($0.value[1].text) ?? .nan) }
        ) { $1 }
    }

    deinit {
        process.signal(SIGKILL)
        _ = try? process.waitForExit()
    }
}
