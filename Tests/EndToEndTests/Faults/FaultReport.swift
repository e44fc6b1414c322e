// What a sweep has done, as a table.

/// A line a call.
struct FaultReport {
    private struct Line {
        var tried = 0
        var made = 0
        var notStarted = 0
        var temporary = 0
        var problems = 0
    }

    private let counts: [String: Int]
    private var lines: [String: Line] = [:]
    private var all = Line()

    /// - Parameter counts: how often each call was made in a run without a fault.
    init(counts: [String: Int]) {
        self.counts = counts
    }

    /// How many faults came about.
    var made: Int { all.made }

    /// - Parameter isTold: print a line for what was wrong, and now and then how far it is.
    mutating func add(_ fault: Fault, _ verdict: FaultRun.Verdict, isTold: Bool) {
        var line = Line(tried: 1)
        if verdict.board.isMade { line.made = 1 }
        if verdict.hasNotStarted { line.notStarted = 1 }
        if verdict.temporary > 0 { line.temporary = 1 }
        if let problem = verdict.problem {
            line.problems = 1
            if isTold { print("\(fault): \(problem)") }
        }
        Self.add(line, to: &all)
        Self.add(line, to: &lines[fault.call, default: Line()])
        if isTold && all.tried % 500 == 0 { print("\(all.tried) faults, \(all.problems) problems") }
    }

    private static func add(_ line: Line, to sum: inout Line) {
        sum.tried += line.tried
        sum.made += line.made
        sum.notStarted += line.notStarted
        sum.temporary += line.temporary
        sum.problems += line.problems
    }

    var text: String {
        let head = ["call", "in a run", "tried", "made", "not started", "temporary failures", "problems"]
        let rows = lines.sorted { $0.key < $1.key }.map { call, line in
            row(call, "\(counts[call] ?? 0)", line)
        }
        return ([head] + rows + [row("all", "", all)]).map { cells in
            cells.enumerated().map { index, cell in
                let space = String(repeating: " ", count: max(0, (index == 0 ? 16 : 20) - cell.count))
                return index == 0 ? cell + space : space + cell
            }.joined()
        }.joined(separator: "\n")
    }

    private func row(_ name: String, _ count: String, _ line: Line) -> [String] {
        [name, count]
            + [line.tried, line.made, line.notStarted, line.temporary, line.problems].map(String.init)
    }
}
