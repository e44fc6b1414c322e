// Which lookups share a query, held against a plain account of the keys that wait: with keys of all lengths, and so many
// that the pool's index of them grows, is emptied and is full of what has gone out.

import LookupPool
import LookupValues
import Testing

struct JoiningTests {
    /// A question that waits, never sent, and the lookups that ask it.
    private struct Question: Hashable {
        let table: Int
        let key: [UInt8]
    }

    private struct Account: ~Copyable {
        var pool: TargetPool
        var now = Instant(nanoseconds: 0)
        var waiting: [Question: [LookupID]] = [:]
        var joined = 0
        /// Those in flight, and those that are to be sent again: nobody joins them.
        private var inFlight: Set<QueryID> = []
        private var again: Set<QueryID> = []
        private var sequence: UInt32 = 0
        /// What each lookup without an answer asks, and each query that was sent.
        private var asked: [UInt32: Question] = [:]
        private var sent: [QueryID: Question] = [:]
        private var actions: [PoolAction] = []
        private var answers: [PoolAction] = []

        init(smallestArray: Int?) {
            let second: Int64 = 1_000_000_000
            pool = TargetPool(
                limits: PoolLimits(
                    connections: 1, pipelineDepth: 64, waiting: 5_000, lookupTimeout: 3_600 * second,
                    connectTimeout: second, silenceTimeout: 3_600 * second, stallInterval: 3_600 * second,
                    retryInterval: second, smallestArray: smallestArray),
                preferences: [0], tableCount: 2, seed: 1)
        }

        mutating func submit(_ question: Question) {
            sequence += 1
            let requester = Requester(client: 1, sequence: sequence)
            let lookup = try! pool.submit(requester, table: question.table, key: question.key.span, now: now)
            asked[sequence] = question
            if waiting[question] != nil { joined += 1 }
            waiting[question, default: []].append(lookup)
        }

        mutating func cancel(_ question: Question) {
            for lookup in waiting.removeValue(forKey: question) ?? [] { pool.cancel(lookup) }
        }

        /// Sends, and answers all that is sent or, sometimes, says that the connection is lost.
        mutating func dispatch(losing: Bool) {
            now = now.advanced(byNanoseconds: 1_000_000)
            pool.dispatch(now: now)
            pool.takeActions(into: &actions)
            var established: ConnectionID?
            var isNew = false
            for action in actions {
                switch action {
                case .connect(let connection, _):
                    pool.connected(connection, now: now)
                    established = connection
                    isNew = true
                case .send(let connection, let query, _):
                    noteSent(query)
                    established = connection
                case .sendArray(let connection, _, let queries):
                    for query in queries { noteSent(query) }
                    established = connection
                case .survey(let connection, _), .prepareArray(let connection, _),
                    .prepare(let connection, _), .sync(let connection):
                    established = connection
                case .close, .check, .look, .reset, .release, .answer, .keep, .fail, .gaveUp, .hostHangs,
                    .hostReturned,
                    .renewalFailed,
                    .hostFailed, .hostRecovered, .pauseOver:
                    continue
                }
            }
            guard let established else { return }
            if losing && !isNew && pool.nextInFlight(on: established) != nil {
                pool.disconnected(established, now: now)
                again.formUnion(inFlight)
                inFlight = []
                return
            }
            inFlight = []
            while let next = pool.nextInFlight(on: established) {
                switch next {
                case .sync: pool.synced(on: established, now: now)
                case .survey: pool.surveyed(on: established, isPossible: true, now: now)
                case .query(let query): succeed([query], on: established)
                case .array(_, let queries): succeed(queries, on: established)
                case .look: pool.looked(on: established, hasChanged: false, now: now)
                case .preparation, .arrayPreparation, .check, .reset, .release: succeed([], on: established)
                }
            }
        }

        /// Each answer must be that of what the lookup asks.
        private mutating func succeed(_ queries: [QueryID], on connection: ConnectionID) {
            let questions = queries.map { sent.removeValue(forKey: $0) }
            pool.succeeded(on: connection, now: now)
            pool.takeActions(into: &answers)
            for case .answer(let requester, let answer) in answers {
                #expect(asked.removeValue(forKey: requester!.sequence) == questions[answer.place])
            }
        }

        private mutating func noteSent(_ query: QueryID) {
            inFlight.insert(query)
            let (table, key) = pool.question(of: query)
            let question = Question(table: table, key: key)
            sent[query] = question
            if again.remove(query) == nil { waiting[question] = nil }
        }
    }

    @Test("Lookups join exactly the equal ones that wait", arguments: [nil, 2], [1, 2, 3])
    func lookupsJoinExactlyTheEqualOnesThatWait(smallestArray: Int?, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var account = Account(smallestArray: smallestArray)
        // Which queries keep nothing is known from the first connection on.
        account.dispatch(losing: false)
        for round in 0..<400 {
            for _ in 0..<Int.random(in: 0...(round % 50 == 0 ? 900 : 40), using: &random) {
                // Many differ in one byte only, first, last or in between.
                var key = [UInt8](
                    repeating: 0,
                    count: [1, 2, 6, 7, 8, 9, 14, 15, 16, 25, 64, 300].randomElement(using: &random)!)
                key[key.indices.randomElement(using: &random)!] = .random(in: 0...3, using: &random)
                let question = Question(table: .random(in: 0...1, using: &random), key: key)
                account.submit(question)
                #expect(account.pool.joined == account.joined)
            }
            if round % 3 == 0, let question = account.waiting.keys.randomElement(using: &random) {
                account.cancel(question)
            }
            account.dispatch(losing: round % 20 == 19)
        }
        #expect(account.joined > 1_000)
    }
}
