// The manual pages and the sample configuration name whatever there is: parameters, commands, options, signals, metrics.

import EventLoop
import Foundation
import Glibc
import LookupTables
import PostfixInventory
import StatusPages
import TableAdvice
import Testing
import ThrowawayServers

@testable import Configuration

extension EndToEnd {
    @Suite("Manual", .serialized)
    struct ManualTests {
        static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path

        private func lines(_ file: String) throws -> [String] {
            String(decoding: try readFile("\(Self.root)/\(file)"), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }

        @Test("mandoc finds nothing", arguments: ["mapmux.8", "mapmux.conf.5"])
        func lint(page: String) throws {
            let result = try ThrowawayServers.run(
                "mandoc", ["-T", "lint", "-W", "warning", "\(Self.root)/deploy/man/\(page)"])
            #expect(result.status == 0 && result.stdout.isEmpty, "\(result.text) \(result.stderr)")
        }

        @Test("Each suite of tests that mapmux(8) names as showing something is there")
        func threatModel() throws {
            let page = try lines("deploy/man/mapmux.8")
            let section = page.drop { $0 != ".Ss Who can reach what" }
            let named = Set(section.flatMap { $0.matches(of: #/[A-Z][A-Za-z]*Tests/#).map { String($0.0) } })
            #expect(named.count > 15)
            let found = try ThrowawayServers.run(
                "grep", ["-rhoE", "(struct|class) [A-Za-z]+Tests", "\(Self.root)/Tests"])
            let suites = Set(found.text.split(separator: "\n").compactMap { $0.split(separator: " ").last })
            #expect(named.filter { !suites.contains($0[...]) } == [], "these there are not")
        }

        @Test("mapmux.conf(5) has every parameter with its default, and no other")
        func parameters() throws {
            var entries = try lines("deploy/man/mapmux.conf.5").filter { $0.hasPrefix(".It Ic ") }
            #expect(entries.first == ".It Ic maps")
            entries.removeFirst()
            let expected = DaemonParameter.all.map { parameter in
                ".It Ic \(parameter.name) No ="
                    + (parameter.defaultValue.isEmpty ? "" : " \(parameter.defaultValue)")
            }
            #expect(Set(expected).subtracting(entries) == [], "these are missing")
            #expect(Set(entries).subtracting(expected) == [], "these there are not")
            #expect(entries.count == expected.count)
        }

        @Test("The sample configuration has every parameter, with its default where it is commented out")
        func sample() throws {
            let sample = try lines("deploy/mapmux.conf.sample")
            for parameter in DaemonParameter.all {
                let assignments = sample.filter {
                    $0.wholeMatch(of: #/#?([a-z_]+) =.*/#).map { $0.1 == parameter.name } ?? false
                }
                #expect(assignments.count == 1, "\(parameter.name): \(assignments)")
                for line in assignments where line.hasPrefix("#") {
                    let value = line.dropFirst("#\(parameter.name) =".count).drop { $0 == " " }
                    #expect(value == parameter.defaultValue, "\(parameter.name)")
                }
            }
            let names = Set(sample.compactMap { $0.wholeMatch(of: #/#?([a-z_]+) =.*/#)?.1 }.map(String.init))
            #expect(names.subtracting(DaemonParameter.all.map(\.name)) == ["maps"])
        }

        /// What `--experimental-dump-help` tells of a command.
        private struct Help: Decodable {
            struct Command: Decodable {
                struct Argument: Decodable {
                    struct Name: Decodable {
                        let kind: String
                        let name: String
                    }
                    let kind: String
                    let names: [Name]?
                    let shouldDisplay: Bool
                }
                let commandName: String
                let arguments: [Argument]?
                let subcommands: [Command]?
            }
            let command: Command
        }

        @Test("mapmux(8) has every command, every option and no other, as the command itself tells")
        func commands() throws {
            let result = try MapmuxProcess.run(["--experimental-dump-help"])
            let mapmux = try JSONDecoder().decode(Help.self, from: Data(result.stdout)).command
            let commands = try #require(mapmux.subcommands).filter { $0.commandName != "help" }
            #expect(commands.count >= 8)
            let page = try lines("deploy/man/mapmux.8")
            let synopsis = page.prefix { $0 != ".Sh DESCRIPTION" }.filter { $0.hasPrefix(".Cm ") }
            let described = page.filter { $0.hasPrefix(".It Cm ") }.map { $0.split(separator: " ")[2] }
            let names = commands.map(\.commandName)
            #expect(Set(synopsis.map { String($0.dropFirst(4)) }) == Set(names))
            #expect(Set(described.map(String.init)) == Set(names))

            var options: Set<String> = []
            for argument in ([mapmux] + commands).flatMap({ $0.arguments ?? [] })
            where argument.kind != "positional" && argument.shouldDisplay {
                for name in argument.names ?? [] {
                    options.insert(name.kind == "long" ? "-\(name.name)" : name.name)
                }
            }
            #expect(options.isSuperset(of: ["c", "o", "-json", "-version"]), "\(options)")
            // One that the parser has besides, and does not tell of.
            options.insert("-generate-completion-script")
            var items: Set<String> = []
            for line in page where line.hasPrefix(".It Fl ") {
                for part in line.dropFirst(".It Fl ".count).split(separator: ", Fl ") {
                    items.insert(String(part.split(separator: " ")[0]))
                }
            }
            #expect(options.subtracting(items) == [], "these are missing")
            #expect(items.subtracting(options) == [], "these there are not")
        }

        @Test("mapmux(8) has every signal")
        func signals() throws {
            let page = try lines("deploy/man/mapmux.8")
            let described = page.filter { $0.hasPrefix(".It Dv SIG") }
                .flatMap { $0.dropFirst(".It Dv ".count).split(separator: " , ").map(String.init) }
            let names: [Int32: String] = [
                SIGHUP: "SIGHUP", SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGUSR2: "SIGUSR2",
            ]
            for signal in Signal.allCases {
                let name = try #require(names[signal.number], "a new signal: \(signal)")
                #expect(described.contains(name), "\(name)")
            }
            #expect(described.count == Signal.allCases.count)
        }

        @Test("mapmux(8) has every exit status that the sources name")
        func statuses() throws {
            let sources = try FileManager.default.contentsOfDirectory(atPath: "\(Self.root)/Sources/mapmux")
            var codes: Set<String> = ["0", "64"]
            for file in sources {
                for line in try lines("Sources/mapmux/\(file)") {
                    if let match = line.firstMatch(of: /= ExitCode\(([0-9]+)\)/) {
                        codes.insert(String(match.1))
                    }
                }
            }
            #expect(codes.count >= 8)
            let page = try lines("deploy/man/mapmux.8").drop { $0 != ".Sh EXIT STATUS" }
                .prefix { $0 != ".Sh EXAMPLES" }
            let described = Set(page.filter { $0.hasPrefix(".It ") }.map { String($0.dropFirst(4)) })
            #expect(described == codes)
        }

        @Test("mapmux(8) has every name that check has for a finding, and no other")
        func findings() throws {
            let page = try lines("deploy/man/mapmux.8").drop { $0 != ".Ss What check warns of" }
                .prefix { $0 != ".Ss What check reports as JSON" }
            let described = page.filter { $0.hasPrefix(".It Ic ") }.map { String($0.dropFirst(7)) }
            let warnings: [Diagnostic.Code] = [.readablePassword, .differingPasswords, .ignoredName]
            let codes =
                Finding.Code.allCases.map(\.rawValue) + warnings.map(\.rawValue)
                + Mismatch.Code.allCases.map(\.rawValue)
            #expect(described.sorted() == codes.sorted())
        }

        @Test("mapmux(8) has every metric, and no other")
        func metrics() throws {
            let described = try lines("deploy/man/mapmux.8").filter { $0.hasPrefix(".It Ic mapmux_") }
            #expect(described.map { String($0.dropFirst(".It Ic ".count)) } == MetricFamily.all.map(\.name))
        }
    }
}
