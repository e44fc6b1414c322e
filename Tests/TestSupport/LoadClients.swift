// Many socketmap clients that ask, wait and check each answer, until they are told to stop.

import Glibc
import LookupValues
import Synchronization
import ThrowawayServers

package final class LoadClients: Sendable {
    package struct Lookup: Sendable {
        package let map: String
        package let key: String
        /// nil: the key must not be found.
        package let value: String?

        package init(map: String, key: String, value: String?) {
            self.map = map
            self.key = key
            self.value = value
        }
    }

    package struct Counts: Sendable {
        package var found = 0
        package var notFound = 0
        /// TEMP and TIMEOUT.
        package var temporary = 0
        /// A value that is not the key's, a NOTFOUND for a key that exists, PERM, garbage.
        package var wrong = 0
        /// Requests whose connection ended, or stayed silent, without an answer; also refused connections.
        package var lost = 0
        /// The numbers of the clients that were answered rightly.
        package var served: Set<Int> = []
        /// The first few of what should not be.
        package var examples: [String] = []

        package var right: Int { found + notFound }
        package var answered: Int { right + temporary + wrong }
    }

    private let path: String
    private let lookupsPerConnection: Int?
    private let choose: @Sendable (Int) -> Lookup
    private let counts = Mutex(Counts())
    private let threads = LoadThreads()

    /// - Parameters:
    ///   - lookupsPerConnection: after so many a client connects anew; nil: it stays.
    ///   - choose: the lookup for a random number.
    package init(
        path: String, clients: Int = 32, lookupsPerConnection: Int? = nil,
        choose: @escaping @Sendable (Int) -> Lookup
    ) {
        self.path = path
        self.lookupsPerConnection = lookupsPerConnection
        self.choose = choose
        for number in 0..<clients {
            threads.start { [self] in drive(number) }
        }
    }

    /// The counts so far.
    package var current: Counts { counts.withLock { $0 } }

    /// Returns once `count` more lookups than now were answered rightly.
    package func waitForRight(_ count: Int) throws {
        let goal = current.right + count
        try waitUntil("\(count) more lookups are answered: \(current)", within: 120) {
            current.right >= goal
        }
    }

    /// Returns once `count` more lookups than now were answered, rightly or with a temporary failure.
    package func waitForAnswers(_ count: Int) throws {
        let goal = current.answered + count
        try waitUntil("\(count) more answers: \(current)", within: 120) { current.answered >= goal }
    }

    /// Lets every client finish the lookup it is in.
    package func stop() throws -> Counts {
        try threads.stop()
        return current
    }

    private func drive(_ number: Int) {
        var random = SplitMix64(seed: UInt64(number))
        var client: SocketmapClient?
        var asked = 0
        while threads.goOn {
            let lookup = choose(Int(random.next() >> 33))
            do {
                if let lookupsPerConnection, asked % lookupsPerConnection == 0 { client = nil }
                if client == nil { client = try SocketmapClient(path: path) }
                asked += 1
                if let reply = try client?.lookup(lookup.map, lookup.key) {
                    count(reply, of: lookup, by: number)
                }
            } catch {
                client = nil
                usleep(2000)
                counts.withLock {
                    $0.lost += 1
                    $0.note("\(lookup.map) \(lookup.key): lost: \(error)")
                }
            }
        }
    }

    private func count(_ reply: SocketmapReply, of lookup: Lookup, by number: Int) {
        counts.withLock { counts in
            let right = counts.right
            defer { if counts.right > right { counts.served.insert(number) } }
            switch reply {
            case .ok(let value) where lookup.value.map { Array($0.utf8) } == value:
                counts.found += 1
            case .notFound where lookup.value == nil:
                counts.notFound += 1
            case .temp(let reason), .timeout(let reason):
                counts.temporary += 1
                counts.note("\(lookup.map) \(lookup.key): temporary: \(reason)")
            case .ok, .notFound, .perm, .other:
                counts.wrong += 1
                let expected = lookup.value ?? "nothing"
                counts.note("\(lookup.map) \(lookup.key): expected \(expected), got \(reply)")
            }
        }
    }
}

extension LoadClients.Counts {
    fileprivate mutating func note(_ example: String) {
        if examples.count < 8 { examples.append(example) }
    }
}
