// The table at a chaos run's end.

import TestSupport

struct ChaosReport {
    /// One kind of fault, all its injections together.
    private struct Line {
        var injected = 0
        var answered = 0
        var temporary = 0
        var needless = 0
        var wrong = 0
        var stale = 0
        var swapped = 0
        var lost = 0
        var doubled = 0
        var late = 0
        var askedAgain = 0
        /// Nanoseconds.
        var longestWait: Int64 = 0
        /// Nanoseconds from the end of the fault until all was well.
        var longestRecovery: Int64 = 0

        mutating func add(_ other: Line) {
            injected += other.injected
            answered += other.answered
            temporary += other.temporary
            needless += other.needless
            wrong += other.wrong
            stale += other.stale
            swapped += other.swapped
            lost += other.lost
            doubled += other.doubled
            late += other.late
            askedAgain += other.askedAgain
            longestWait = max(longestWait, other.longestWait)
            longestRecovery = max(longestRecovery, other.longestRecovery)
        }

        var cells: [String] {
            let numbers = [
                injected, answered, temporary, needless, wrong, stale, swapped, lost, doubled, late,
                askedAgain,
            ]
            return numbers.map { "\($0)" } + [longestWait, longestRecovery].map { "\($0 / 1_000_000)" }
        }
    }

    private static let columns = [
        "times", "answers", "temporary", "needless", "wrong", "stale", "swapped", "lost", "doubled", "late",
        "asked again", "longest wait", "recovery",
    ]

    private var lines: [String: Line] = [:]

    /// Where there are two at once, they have a line of their own.
    mutating func add(
        _ fault: Fault, from before: CheckedLoad.Counts, to after: CheckedLoad.Counts, longestWait: Int64,
        recovery: Int64
    ) {
        func delta(_ events: CheckedClient.Event...) -> Int {
            events.reduce(0) { $0 + after.number(of: $1) - before.number(of: $1) }
        }
        let temporary = delta(.temporary)
        lines[Self.name(fault), default: Line()].add(
            Line(
                injected: 1, answered: after.answered - before.answered, temporary: temporary,
                needless: fault.kinds.allSatisfy(\.leavesADatabase) ? temporary : 0,
                wrong: delta(.judged(.invented), .judged(.wronglyNotFound), .nonsense),
                stale: delta(.judged(.stale)), swapped: delta(.judged(.swapped)),
                lost: delta(.lost, .unread, .refused), doubled: delta(.doubled),
                late: after.late - before.late, askedAgain: after.askedAgain - before.askedAgain,
                longestWait: longestWait, longestRecovery: recovery))
    }

    private static let pair = "two at once"

    private static func name(_ fault: Fault) -> String {
        fault.companion == nil ? fault.kind.rawValue : pair
    }

    /// Temporary failures while there was a database to ask.
    var needless: Int { total.needless }

    private var total: Line {
        lines.values.reduce(into: Line()) { $0.add($1) }
    }

    var text: String {
        var rows = [["fault"] + Self.columns]
        for name in FaultKind.allCases.map(\.rawValue) + [Self.pair] {
            guard let line = lines[name] else { continue }
            rows.append([name] + line.cells)
        }
        rows.append(["all"] + total.cells)
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + blanks : blanks + cell.0
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
