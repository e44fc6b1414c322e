// A log record as a JSON object on one line. The encoder is written by hand, as all threads use it, workers' threads too.

internal import LookupValues

/// Time, level, message and fields, in the form of RFC 8259.
struct JSONRecord: CustomStringConvertible {
    /// Seconds since 1970.
    let time: Double
    let level: String
    let message: String
    let fields: [(name: String, value: String)]

    var description: String {
        let members = fields.map { "\($0.name.asJSON):\($0.value.asJSON)" }
            .joined(separator: ",")
        return "{\"time\":\"\(Self.timestamp(time))\",\"level\":\(level.asJSON),"
            + "\"message\":\(message.asJSON),\"fields\":{\(members)}}"
    }

    /// In UTC, to the millisecond, by RFC 3339.
    static func timestamp(_ time: Double) -> String {
        let milliseconds = Int64((time * 1_000).rounded(.down))
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        // The calendar's years begin in March here, so that the leap day is a year's last day: 400 years are 146097 days.
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
            + "T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)).\(padded(rest % 1_000, 3))Z"
    }

    private static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
