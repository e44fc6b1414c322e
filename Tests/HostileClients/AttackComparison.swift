// Each attack in turn, between spans of time without it and with nothing but its processor time.

import ArgumentParser
import EventLoop
import Foundation
import Glibc
import LoadEngine
import ThrowawayServers

struct AttackComparison: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Attack a daemon in every way, and measure its polite clients before, during and after.",
        discussion: """
            For each attack three kinds of spans alternate: without it, with it, and with a process that only \
            takes as much of the processors as the attack itself did. Rates are medians. Exits with 1 after a \
            wrong or lost answer.
            """)

    @Option(help: "Polite clients.")
    var clients = 50

    @Option(help: "How often the spans alternate.")
    var rounds = 3

    @Option(help: "Seconds of each span.")
    var seconds = 2.0

    @Option(help: "The daemon's workers.")
    var workers = 1

    @Option(help: "Only attacks whose name holds this text.")
    var only = ""

    func validate() throws {
        guard clients > 0, rounds > 0, seconds > 0, workers > 0 else {
            throw ValidationError("Expected numbers above 0.")
        }
    }

    func run() throws {
        _ = raiseDescriptorLimit()
        let attacks = Attack.allCases.filter { only.isEmpty || $0.rawValue.contains(only) }
        var faults = 0
        print(AttackComparisonRow.heading)
        for attack in attacks {
            // A daemon of its own each, so that its memory is the attack's.
            let site = try HostileSite(parameters: ["max_clients": "60000", "workers": "\(workers)"])
            let polite = try PoliteClients(clients, map: HostileSite.plain, path: site.mapmux.socketPath)
            let row = try measure(attack, site, polite)
            print(row.text)
            fflush(nil)
            faults += polite.faults
        }
        if faults > 0 { throw ExitCode.failure }
    }

    private func measure(
        _ attack: Attack, _ site: HostileSite, _ polite: PoliteClients
    ) throws -> AttackComparisonRow {
        var row = AttackComparisonRow(attack: attack)
        let daemon = site.mapmux
        polite.run(seconds: 1)
        let idle = try daemon.holdings()
        row.idleMemory = idle.residentMemory
        polite.sample = {
            if let now = try? daemon.holdings() { row.peakMemory = max(row.peakMemory, now.residentMemory) }
        }
        for _ in 0..<rounds {
            row.without.append(polite.run(seconds: seconds))

            let attackers = try (0..<attack.processes).map { _ in try start(attack, site) }
            polite.run(until: { attackers.allSatisfy(\.isReady) }, atMost: 15)
            let before = attackers.reduce(0) { $0 + $1.processorTime }
            let beforeDaemon = try daemon.processorTime()
            row.with.append(polite.run(seconds: seconds))
            let used = attackers.reduce(0) { $0 + $1.processorTime } - before
            row.attackers.append(used / seconds)
            row.daemon.append((try daemon.processorTime() - beforeDaemon) / seconds)
            row.descriptors = max(row.descriptors, try daemon.holdings().descriptors)
            for attacker in attackers { try attacker.end() }
            polite.run(
                until: { (try? daemon.holdings()).map { $0.descriptors <= idle.descriptors } ?? false },
                atMost: 10)
            polite.run(seconds: 0.5)

            let burner = try Assailant(["burn", "--share", "\(min(1, used / seconds))"])
            polite.run(until: { burner.isReady }, atMost: 2)
            row.competing.append(polite.run(seconds: seconds))
            try burner.end()
            polite.run(seconds: 0.2)
        }
        row.faults = polite.faults
        row.memoryAfter = try daemon.holdings().residentMemory
        return row
    }

    private func start(_ attack: Attack, _ site: HostileSite) throws -> Assailant {
        try Assailant([
            "attack", attack.rawValue, "--socketmap", site.mapmux.socketPath, "--proxymap", site.proxymap,
            "--table", site.table(HostileSite.plain),
        ])
    }
}

/// A process of this program's other subcommands.
final class Assailant {
    private let child: ChildProcess
    private let directory = Result { try TemporaryDirectory() }
    private let output: String

    init(_ arguments: [String]) throws {
        output = "\(try directory.get().path)/output"
        child = try ChildProcess(CommandLine.arguments[0], arguments, stdout: output)
    }

    deinit {
        child.signal(SIGKILL)
    }

    /// Whether its attack is fully under way.
    var isReady: Bool { (try? readFile(output)).map { !$0.isEmpty } ?? false }

    /// In seconds; 0 once it has ended.
    var processorTime: Double { (try? ProcessGauge(process: child.pid).processorTime()) ?? 0 }

    func end() throws {
        child.signal(SIGKILL)
        _ = try child.waitForExit()
    }
}

/// A line of the table.
struct AttackComparisonRow {
    let attack: Attack
    var without: [LoadResult] = []
    var with: [LoadResult] = []
    var competing: [LoadResult] = []
    /// Processors used, of the attackers and of the daemon meanwhile.
    var attackers: [Double] = []
    var daemon: [Double] = []
    var idleMemory = 0
    var peakMemory = 0
    var memoryAfter = 0
    var descriptors = 0
    var faults = 0

    init(attack: Attack) {
        self.attack = attack
    }

    static let heading = """
        | attack | polite answers a second: without | with | ratio | with its processor time only | ratio to that \
        | p99 without, with (ms) | processors: attacker, daemon | daemon's memory: before, peak, after (MiB) \
        | descriptors | failed, wrong or lost |
        |---|---|---|---|---|---|---|---|---|---|---|
        """

    var text: String {
        func rate(_ spans: [LoadResult]) -> Double { median(spans.map { $0.rate(of: $0.right) }) }
        func tail(_ spans: [LoadResult]) -> String { tenths(median(spans.map(\.p99))) }
        func hundredths(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
        func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
        func mebibytes(_ bytes: Int) -> String { tenths(Double(bytes) / 1_048_576) }
        let (base, attacked, competing) = (rate(without), rate(with), rate(competing))
        let failed = with.reduce(0) { $0 + $1.failed }
        return """
            | \(attack.rawValue): \(attack.description) | \(Int(base)) | \(Int(attacked)) \
            | \(hundredths(attacked / base)) | \(Int(competing)) | \(hundredths(attacked / competing)) \
            | \(tail(without)), \(tail(with)) | \(hundredths(median(attackers))), \(hundredths(median(daemon))) \
            | \(mebibytes(idleMemory)), \(mebibytes(peakMemory)), \(mebibytes(memoryAfter)) \
            | \(descriptors) | \(failed), \(faults) |
            """
    }
}

func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    if sorted.isEmpty { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
