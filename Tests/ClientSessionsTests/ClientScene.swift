// Clients of sessions without any socket: a worker's turns, with pools and a router that only the tests answer for.

import LookupProtocols
import LookupValues

@testable import ClientSessions

/// A worker, as far as sessions see it. What has not happened after a few turns will not happen at all.
final class ClientScene {
    /// How many lookups the pool of the map `good` takes, those that the tests have answered among them. One more fails at once.
    private let waiting: Int
    private var taken = 0
    let share = FairShare()
    var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var clients: [TestClient] = []
    /// Lookups that wait: for which client, and which of its requests.
    private(set) var lookups: [LookupToken: (client: Int, sequence: UInt32)] = [:]
    private var lastLookup: Int32 = 0
    /// The socket of Postfix's own proxymap; nil if there is none.
    var relayPath: String?
    /// Why the configuration can't be used.
    var trouble: String?

    /// What proxymap clients call the map `good`.
    static let table = "pgsql:/etc/good.cf"

    init(waiting: Int = 1_000_000) {
        self.waiting = waiting
    }

    /// - Parameter roomAhead: how many bytes of answers the client's socket takes before the client reads.
    func connect(
        _ clientProtocol: ClientProtocol = .socketmap, roomAhead: Int = .max, startingAt first: UInt32 = 0
    ) -> TestClient {
        let client = TestClient(
            clients.count, ClientSession(clientProtocol, now: now, startingAt: first), roomAhead: roomAhead,
            scene: self)
        clients.append(client)
        return client
    }

    var openClients: Int { clients.count { !$0.isClosed } }

    /// The worker drains.
    func drain() {
        for client in clients { client.drain() }
    }

    // MARK: Turns

    /// As many turns as any answer takes, each a millisecond after the other.
    func turns(_ count: Int = 4) {
        for _ in 0..<count {
            now = now.advanced(byNanoseconds: 1_000_000)
            for client in clients { client.receive() }
            share.beginTurn()
            for client in clients { client.resumeIfHeldBack() }
            var isQuiet = false
            while !isQuiet {
                isQuiet = true
                for client in clients where client.needsFlush {
                    isQuiet = false
                    client.flush()
                }
            }
        }
    }

    /// Sends all of it, and has turns until nothing more happens.
    func exchange(_ bytes: [UInt8], with client: TestClient) {
        client.write(bytes)
        var quietTurns = 0
        while quietTurns < 4 {
            let before = client.received.count
            turns(1)
            let isQuiet =
                client.received.count == before && !client.willReceive
                && !clients.contains(where: \.isHeldBack)
            quietTurns = isQuiet ? quietTurns + 1 : 0
        }
    }

    // MARK: The pool

    func submit(_ client: Int, _ sequence: UInt32) -> LookupToken? {
        if taken == waiting { return nil }
        taken += 1
        lastLookup += 1
        let token = LookupToken(pool: 0, lookup: lastLookup)
        lookups[token] = (client, sequence)
        return token
    }

    func withdraw(_ withdrawn: [WithdrawnLookup]) {
        taken -= withdrawn.count
        for lookup in withdrawn {
            precondition(
                lookups.removeValue(forKey: lookup.token) != nil, "a lookup is taken back that is not pending"
            )
        }
    }

    /// Gives the outcome of the lookup that was the client's request of this number.
    func answer(_ sequence: UInt32, of client: Int = 0, _ outcome: LookupOutcome) {
        let token = lookups.first { $0.value == (client, sequence) }!.key
        lookups[token] = nil
        clients[client].settle(sequence, outcome)
    }

    /// Whether the pool takes one more lookup, of a client of its own.
    func takesLookup() -> Bool {
        let client = connect()
        exchange(request("good", "one more"), with: client)
        return client.received.isEmpty
    }

    /// A request of Postfix 3.7's for a key in `good`, or in another table.
    func proxymapRequest(_ key: String, in table: String = ClientScene.table) -> [UInt8] {
        ["request", "lookup", "table", table, "flags", "524353", "key", key, ""]
            .flatMap { Array($0.utf8) + [0] }
    }
}

func request(_ map: String, _ key: String) -> [UInt8] {
    let payload = "\(map) \(key)"
    return Array("\(payload.utf8.count):\(payload),".utf8)
}

/// The reply for a map that nobody configured.
func unknown(_ map: String) -> String { "PERM there is no map named \(map)" }
