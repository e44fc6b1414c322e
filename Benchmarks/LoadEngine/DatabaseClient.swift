// A client with a libpq connection of its own that sends simple queries, as a Postfix process with a `pgsql:` table does.

internal import CLibpq
package import EventLoop
internal import Glibc
package import LookupValues

/// Asks as dict_pgsql(3) does: the key escaped inside the query, PQexec's protocol. Unlike there, one connection serves
/// all tables, and thousands of clients share a thread, which costs less than thousands of processes.
@safe package final class DatabaseClient: LoadClient, EventHandler {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// What precedes the key in each table's query, and what follows.
    private static let queries = LoadTable.allCases.map { table in
        let parts = table.query.split(separator: "%s").map { Array($0.utf8) }
        return (before: parts[0], after: parts[1])
    }

    private let connection: OpaquePointer
    private let load: Load
    private var registration: EventLoop.Registration?
    private var place = Workload.Place()
    private var question: Question?
    private var answer: Load.Answer?
    private var askedAt = Instant(nanoseconds: 0)
    package var answered = 0
    package var waitingSince: Instant? { question == nil ? nil : askedAt }

    package init(conninfo: String, load: Load) throws {
        guard let connection = unsafe PQconnectdb(conninfo) else { throw Failure(description: "no memory") }
        guard unsafe PQstatus(connection) == CONNECTION_OK else {
            let message = unsafe String(cString: PQerrorMessage(connection))
            unsafe PQfinish(connection)
            throw Failure(description: message)
        }
        unsafe self.connection = unsafe connection
        self.load = load
        unsafe PQsetnonblocking(connection, 1)
        registration = try load.loop.register(unsafe PQsocket(connection), for: .readable, handler: self)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    package func ask() {
        askedAt = MonotonicClock.now()
        askNext()
    }

    private func askNext() {
        question = load.nextQuestion(&place)
        answer = nil
        guard let question else { return }
        let query = Self.queries[question.table.rawValue]
        load.expected.removeAll(keepingCapacity: true)
        question.appendKey(to: &load.expected)
        load.scratch.removeAll(keepingCapacity: true)
        load.scratch.append(contentsOf: query.before)
        appendEscaped(load.expected)
        load.scratch.append(contentsOf: query.after)
        load.scratch.append(0)
        let isSent = unsafe load.scratch.withUnsafeBytes { bytes in
            unsafe PQsendQuery(connection, bytes.baseAddress!.assumingMemoryBound(to: CChar.self)) == 1
        }
        // A query is far shorter than a socket's buffer, and nothing else is on its way.
        let isFlushed = unsafe isSent && PQflush(connection) == 0
        if !isFlushed { lose() }
    }

    private func appendEscaped(_ key: [UInt8]) {
        let start = load.scratch.count
        load.scratch.append(contentsOf: repeatElement(0, count: 2 * key.count + 1))
        let length = unsafe load.scratch.withUnsafeMutableBytes { buffer in
            unsafe key.withUnsafeBytes { source in
                unsafe PQescapeStringConn(
                    connection, (buffer.baseAddress! + start).assumingMemoryBound(to: CChar.self),
                    source.baseAddress!.assumingMemoryBound(to: CChar.self), source.count, nil)
            }
        }
        load.scratch.removeLast(load.scratch.count - start - length)
    }

    package func descriptorReady(_ readiness: Readiness) {
        guard unsafe PQconsumeInput(connection) == 1, let question else { return lose() }
        while unsafe PQisBusy(connection) == 0 {
            guard let result = unsafe PQgetResult(connection) else { return accept() }
            answer = unsafe judge(result, question)
            unsafe PQclear(result)
        }
    }

    private func judge(_ result: OpaquePointer, _ question: Question) -> Load.Answer {
        guard unsafe PQresultStatus(result) == PGRES_TUPLES_OK else { return .failed }
        guard unsafe PQntuples(result) > 0 else { return question.isAbsent ? .notFound : .wrong }
        load.expected.removeAll(keepingCapacity: true)
        question.appendValue(to: &load.expected)
        let count = unsafe Int(PQgetlength(result, 0, 0))
        let isRight =
            unsafe !question.isAbsent && PQntuples(result) == 1 && count == load.expected.count
            && load.expected.withUnsafeBytes {
                unsafe memcmp($0.baseAddress!, PQgetvalue(result, 0, 0), count) == 0
            }
        return isRight ? .found : .wrong
    }

    private func accept() {
        guard let answer else { return lose() }
        let now = MonotonicClock.now()
        load.note(answer, askedAt: askedAt, now: now)
        answered += 1
        askedAt = now
        askNext()
    }

    private func lose() {
        if question != nil { load.noteLoss() }
        question = nil
        leave()
    }

    package func leave() {
        guard let registration else { return }
        load.loop.remove(registration)
        self.registration = nil
    }
}
