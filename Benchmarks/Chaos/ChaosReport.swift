// The table at a chaos run's end.

import TestSupport

struct ChaosReport {
    /// One kind of fault, all its injections together.
    struct Line {
        var injected = 0
        var wrong = 0
        var stale = 0
        var swapped = 0
        var lost = 0
        var doubled = 0
        var late = 0
        var temporary = 0
        var cutOff = 0
        var answered = 0
        var longestWait: Int64 = 0
        /// Nanoseconds from the end of the fault until all was well.
        var longestRecovery: Int64 = 0
    }

    private(set) var lines: [FaultKind: Line] = [:]

    mutating func add(
        _ kind: FaultKind, from before: ChaosLoad.Counts, to after: ChaosLoad.Counts, longestWait: Int64,
        recovery: Int64
    ) {
        func delta(_ event: CheckedClient.Event) -> Int {
            (after.events[event] ?? 0) - (before.events[event] ?? 0)
        }
        var line = lines[kind] ?? Line()
        line.injected += 1
        line.wrong += delta(.judged(.invented)) + delta(.judged(.wronglyNotFound)) + delta(.nonsense)
        line.stale += delta(.judged(.stale))
        line.swapped += delta(.judged(.swapped))
        line.lost += delta(.lost) + delta(.refused)
        line.doubled += delta(.doubled)
        line.late += after.late - before.late
        line.temporary += delta(.temporary)
        line.cutOff += after.cutOff - before.cutOff
        line.answered += after.answered - before.answered
        line.longestWait = max(line.longestWait, longestWait)
        line.longestRecovery = max(line.longestRecovery, recovery)
        lines[kind] = line
    }

    var text: String {
        let names = [
            "number", "answers", "wrong", "stale", "swapped", "lost", "doubled", "late", "temporary",
            "cut off",
            "longest wait", "recovery",
        ]
        var rows = [["fault"] + names]
        for kind in FaultKind.allCases {
            guard let line = lines[kind] else { continue }
            let numbers = [
                line.injected, line.answered, line.wrong, line.stale, line.swapped, line.lost, line.doubled,
                line.late, line.temporary, line.cutOff,
            ]
            let times = [line.longestWait, line.longestRecovery].map { "\($0 / 1_000_000) ms" }
            rows.append([kind.rawValue] + numbers.map { "\($0)" } + times)
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + blanks : blanks + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Temporary failures in the time of faults that leave a database to ask.
    var needlessTemporary: Int {
        lines.reduce(0) { $0 + ($1.key.leavesAHost ? $1.value.temporary : 0) }
    }
}
