// The kinds of value a main.cf parameter can have.

internal import LookupValues

/// Parsers for parameter values; nil means that the text is not of that kind.
package enum ParameterValue {
    /// The units of a time value, in seconds.
    package enum TimeUnit: Int, Sendable {
        case seconds = 1
        case minutes = 60
        case hours = 3_600
        case days = 86_400
        case weeks = 604_800

        fileprivate init?(suffix: Character) {
            switch suffix {
            case "s": self = .seconds
            case "m": self = .minutes
            case "h": self = .hours
            case "d": self = .days
            case "w": self = .weeks
            default: return nil
            }
        }
    }

    /// Seconds of a time such as `10s`, `5m`, `1h`, `2d`, `1w`, as conv_time(3) reads it. A bare number is in
    /// the default unit. Nil also if there are more seconds than Postfix can hold, in a 32-bit integer.
    package static func seconds(_ text: String, defaultUnit: TimeUnit = .seconds) -> Int? {
        guard let last = text.last else { return nil }
        let suffix = TimeUnit(suffix: last)
        guard let number = count(String(suffix == nil ? text[...] : text.dropLast())) else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: (suffix ?? defaultUnit).rawValue)
        return overflow || seconds > Int(Int32.max) ? nil : seconds
    }

    /// Milliseconds of a time such as `50ms` or `1s`; a bare number is in seconds.
    package static func milliseconds(_ text: String) -> Int? {
        if text.hasSuffix("ms") { return count(String(text.dropLast(2))) }
        return seconds(text).map { $0 * 1_000 }
    }

    /// `yes` or `no`, in any case.
    package static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "yes": true
        case "no": false
        default: nil
        }
    }

    /// A decimal number of ASCII digits only, no sign.
    package static func count(_ text: String) -> Int? {
        text.utf8.allSatisfy(\.isDigit) ? Int(text) : nil
    }

    /// Whether it is ASCII letters, digits, `-`, `_` and `.` only, or empty: nothing that a shell, a label or a title
    /// would read otherwise.
    package static func isPlainName(_ text: String) -> Bool {
        let marks = "-_.".utf8
        return text.utf8.allSatisfy { $0.isLetter || $0.isDigit || marks.contains($0) }
    }

    /// Bytes of a size such as `64M`; `K`, `M` and `G` are powers of 1,024.
    package static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = text.last.flatMap { units[$0] }
        guard let number = count(String(unit == nil ? text[...] : text.dropLast())) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : bytes
    }

    /// Words between blanks and commas, Postfix's CHARS_COMMA_SP.
    package static func words(_ text: String) -> [String] {
        text.utf8.split { $0 == UInt8(ascii: ",") || $0.isSpace }.map { String($0)! }
    }
}
