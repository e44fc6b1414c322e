// Joins the physical lines of a file in main.cf syntax.

internal import LookupValues

/// A line and those that continue it, as readlline(3) joins them.
struct LogicalLine {
    var bytes: [UInt8]
    /// Where it starts, counted from 1.
    let number: Int

    /// Comments and blank lines are dropped and end nothing. A line that starts with white space is joined to
    /// the one before without the newline between; only the first line of the result may start with white
    /// space, when it had nothing to continue.
    static func split(_ contents: [UInt8]) -> [LogicalLine] {
        var lines: [LogicalLine] = []
        let physicalLines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in physicalLines.enumerated() {
            guard let first = line.first, let text = line.first(where: { !$0.isSpace }) else { continue }
            guard text != UInt8(ascii: "#") else { continue }
            if first.isSpace && !lines.isEmpty {
                lines[lines.count - 1].bytes += line
            } else {
                lines.append(LogicalLine(bytes: Array(line), number: index + 1))
            }
        }
        return lines
    }
}
