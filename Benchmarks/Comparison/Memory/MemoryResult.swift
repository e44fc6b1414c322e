// What came of filling the room for kept answers.

import BenchmarkReport
import LoadEngine

struct MemoryResult {
    struct Sample {
        let entries: Int
        /// What mapmux counts for them, and what the process has resident.
        let bytes: Int
        let resident: Int
    }

    let begin: Sample
    let end: Sample
    /// Answers other than the right one, and none.
    let faults: Int

    var text: String {
        let entries = end.entries - begin.entries
        func each(_ bytes: Int) -> Int { Int((Double(bytes) / Double(entries)).rounded()) }
        return """
            \(MarkdownTable.grouped(entries)) entries of \(Workload.entryLength) bytes, key and value together: \
            \(each(end.resident - begin.resident)) bytes an entry, by growth of the resident memory from \
            \(begin.resident >> 20) to \(end.resident >> 20) MiB; mapmux counts \
            \(each(end.bytes - begin.bytes)); \(faults) answers were wrong, failed or missing
            """
    }
}
