// The last hour as JSON, for the page's charts. Written without an encoder, as there may be some 100,000 numbers.

package import LookupStatistics
internal import LookupValues

package enum HistoryText {
    package static func render(_ history: StatisticsHistory) -> String {
        var text = "{\"interval_seconds\":\(StatisticsHistory.interval),\"ended_at\":"
        append(history.endedAt, to: &text)
        text += ",\"seconds\":"
        append(history.seconds, to: &text)
        text += ",\"all\":{"
        append(history.all, to: &text)
        text += "},\"maps\":["
        for (index, map) in history.maps.enumerated() {
            text += index > 0 ? "," : ""
            text += "{\"name\":\(map.name.asJSON),"
            append(map.series, to: &text)
            text += "}"
        }
        return text + "]}\n"
    }

    private static func append(_ series: StatisticsHistory.Series, to text: inout String) {
        text += "\"found\":"
        append(series.found, to: &text)
        text += ",\"not_found\":"
        append(series.notFound, to: &text)
        text += ",\"temporary\":"
        append(series.temporary, to: &text)
        text += ",\"permanent\":"
        append(series.permanent, to: &text)
        text += ",\"p50\":"
        append(series.p50, to: &text)
        text += ",\"p99\":"
        append(series.p99, to: &text)
    }

    private static func append(_ numbers: [some CustomStringConvertible], to text: inout String) {
        text += "["
        for (index, number) in numbers.enumerated() {
            if index > 0 { text += "," }
            text += number.description
        }
        text += "]"
    }
}
