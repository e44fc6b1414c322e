// What came of filling the room for kept answers.

import BenchmarkReport
import LoadEngine

struct MemoryResult {
    let room: KeptRoom
    /// What a daemon has resident that keeps nothing, and one whose room is full, in bytes.
    let withoutRoom: Int
    let resident: Int
    /// Answers other than the right one, and none.
    let faults: Int

    var text: String {
        func each(_ bytes: Int) -> Int { Int((Double(bytes) / Double(room.entries)).rounded()) }
        return """
            \(MarkdownTable.grouped(room.entries)) entries of \(Workload.entryLength) bytes, key and value together: \
            \(each(resident - withoutRoom)) bytes an entry, as \(resident >> 20) MiB are resident, and \
            \(withoutRoom >> 20) MiB if nothing is kept; mapmux counts \(each(room.bytes)); \
            \(faults) answers were wrong, failed or missing
            """
    }
}
