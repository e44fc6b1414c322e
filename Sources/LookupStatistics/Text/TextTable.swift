// Columns of text, for terminals.

internal import LookupValues

/// Rows under a heading, each column as wide as its widest cell.
struct TextTable {
    /// The first column is text, flush left; the others are numbers, flush right.
    private var rows: [[String]]

    init(heading: [String]) {
        rows = [heading]
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells.map { $0.shown() })
    }

    var lines: [String] { lines(width: .max) }

    /// - Parameter width: of the whole. A table that is too wide has its first column shortened.
    func lines(width: Int) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        var widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let rest = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
        if columns > 0 { widths[0] = max(4, min(widths[0], width == .max ? .max : width - rest)) }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                if column > 0 { line += "  " }
                let text = cell.fitted(to: widths[column])
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                line += column == 0 ? text + blanks : blanks + text
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension String {
    /// Fitted into so many columns of a terminal: shortened at its end, which a `~` marks. What would move the cursor is
    /// written out.
    func fitted(to width: Int) -> String {
        let plain = shown()
        return plain.count <= width ? plain : plain.prefix(max(0, width - 1)) + "~"
    }
}

/// Numbers in the form that people read.
enum Figure {
    /// With a comma between each three digits.
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }

    /// A duration with three significant digits: 4.27us, 310us, 1.20ms, 5.00s.
    static func duration(_ nanoseconds: Int) -> String {
        switch nanoseconds {
        case ..<1_000: "\(nanoseconds)ns"
        case ..<1_000_000: threeDigits(Double(nanoseconds) / 1e3) + "us"
        case ..<1_000_000_000: threeDigits(Double(nanoseconds) / 1e6) + "ms"
        default: threeDigits(Double(nanoseconds) / 1e9) + "s"
        }
    }

    static func rate(_ perSecond: Double) -> String {
        perSecond < 10 ? decimal(perSecond, 1) : count(Int(nearest: perSecond))
    }

    static func percentage(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "-" : decimal(100 * Double(part) / Double(whole), 1) + "%"
    }

    /// 42s, 12m, 3h 20m, 5d 2h.
    static func age(_ seconds: Double) -> String {
        let seconds = Int(nearest: max(0, seconds).rounded(.down))
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m"
        case ..<86_400: return "\(seconds / 3_600)h \(seconds / 60 % 60)m"
        default: return "\(seconds / 86_400)d \(seconds / 3_600 % 24)h"
        }
    }

    private static func threeDigits(_ number: Double) -> String {
        decimal(number, number < 9.995 ? 2 : number < 99.95 ? 1 : 0)
    }

    private static func decimal(_ number: Double, _ places: Int) -> String {
        let scale = [1, 10, 100][places]
        let scaled = max(0, Int(nearest: number * Double(scale)))
        if places == 0 { return count(scaled) }
        let fraction = String(scaled % scale)
        return "\(count(scaled / scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
