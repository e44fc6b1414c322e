// What is kept of a map's answers, in words.

internal import AnswerCache

extension DaemonConfiguration {
    /// A line on how answers are kept, and one on outages; none if nothing is kept of the map.
    package func keepingLines(ofMap name: String) -> [String] {
        guard let file = maps.first(where: { $0.name == name })?.file else { return [] }
        let options = cacheOptions(ofFile: file)
        var lines: [String] = []
        if options.isUsed {
            let time = options.bound.map { "for \(Self.text($0)) after the query was sent" }
            let notification = "until a change is notified"
            lines.append(
                "kept: "
                    + (options.isNotified
                        ? notification + (time.map { ", or \($0) if that is not proved" } ?? "") : time ?? "")
            )
        }
        if let bound = options.staleBound {
            let files = Set(maps.filter { $0.name == name }.map(\.file))
            let what =
                files.allSatisfy { cacheOptions(ofFile: $0).givesStaleNotFound }
                ? "found or not" : "if it was found"
            lines.append(
                "while no host can be asked: the last answer, \(what), if it is not older than \(Self.text(bound))"
            )
        }
        return lines
    }

    /// 5 s, 500 ms.
    private static func text(_ nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
