// One round of one contender: its clients connect, ask for a while, and leave.

import EventLoop
import LoadEngine

struct Measurement: Codable {
    let load: LoadResult
    /// Processor time a lookup, in microseconds.
    let frontMicroseconds: Double?
    let databaseMicroseconds: Double
    let clientMicroseconds: Double
    /// What the front has resident while all clients are connected, in bytes.
    let frontMemory: Int?
    let connections: Int
    /// The part of the lookups that was answered by what is kept; nil where nothing is.
    let hits: Double?

    /// - Parameters:
    ///   - warmUp: seconds that do not count.
    ///   - seconds: those that do.
    init(
        of contender: Contender, at site: Site, clients: Int, workload: Workload, warmUp: Double,
        seconds: Double
    ) throws {
        let load = Load(loop: try EventLoop(), workload: workload)
        let running = try site.clients(of: contender, count: clients, load: load)
        var front: [Double?] = []
        var database: [Double] = []
        var kept: [KeptCounts] = []
        var memory: Int?
        var connections = 0
        var failure: (any Error)?
        func sample() {
            do {
                front.append(try site.frontSeconds(of: contender))
                database.append(try site.databaseSeconds())
                if let counts = try site.kept(by: contender) { kept.append(counts) }
            } catch {
                failure = error
            }
        }
        let result = load.run(
            running, for: .time(warmUp: Int64(warmUp * 1e9), measured: Int64(seconds * 1e9)),
            atBegin: sample,
            atEnd: {
                sample()
                do {
                    memory = try site.frontMemory(of: contender)
                    connections = try site.connectionCount(of: contender)
                } catch {
                    failure = error
                }
            })
        if let failure { throw failure }
        guard front.count == 2, result.lookups > 0 else { throw Unanswered(lost: result.lost) }
        let lookups = Double(result.lookups)
        self.load = result
        frontMicroseconds = front[0].flatMap { before in front[1].map { ($0 - before) * 1e6 / lookups } }
        databaseMicroseconds = (database[1] - database[0]) * 1e6 / lookups
        clientMicroseconds = result.clientSeconds * 1e6 / lookups
        frontMemory = memory
        self.connections = connections
        hits = kept.count == 2 ? kept[1].hits(since: kept[0]) : nil
    }

    /// No client has got an answer in all that time.
    struct Unanswered: Error, CustomStringConvertible {
        let lost: Int
        var description: String { "no answer to any of \(lost) clients" }
    }
}
