// What processes use of the processor that come and go meanwhile.

/// A process that ends is counted as far as the last look at it.
struct ProcessorAccount {
    private var begins: [Int32: Double] = [:]
    private var latest: [Int32: Double] = [:]

    /// Begins with those that there are; what they have used is not counted.
    init(_ processes: [Int32]) {
        note(processes)
        begins = latest
    }

    mutating func note(_ processes: [Int32]) {
        for process in Set(processes).union(latest.keys) {
            latest[process] = max(latest[process] ?? 0, ProcessUsage.processorSeconds(of: process))
        }
    }

    var seconds: Double { latest.reduce(0) { $0 + $1.value - (begins[$1.key] ?? 0) } }
}
