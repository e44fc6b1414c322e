// Two clients that ask, compare, and come back where their connections were lost.

import Glibc
import TestSupport

/// A right value, a right "not found" and a temporary failure are answers; anything else is a problem.
struct FaultClients {
    let socketmap: String
    let proxymap: String
    /// What a table's name follows, as proxymap clients name it.
    let tables: String

    private(set) var temporary = 0
    private(set) var reconnects = 0
    private(set) var hasAnswer = false
    private var socketmapClient: SocketmapClient?
    private var proxymapClient: ProxymapClient?

    /// How often a connection may be lost for one question: a fault takes one, and an upgrade another.
    private static let attempts = 6
    /// Between two of them, in microseconds.
    private static let pause: useconds_t = 50_000
    /// Seconds until an answer has to be there: twice lookup_timeout, and some.
    private static let patience = 8

    init(socketmap: String, proxymap: String, tables: String) {
        (self.socketmap, self.proxymap, self.tables) = (socketmap, proxymap, tables)
    }

    mutating func disconnect() {
        (socketmapClient, proxymapClient) = (nil, nil)
    }

    /// - Returns: false for a temporary failure.
    mutating func lookup(_ lookup: LoadClients.Lookup, isProxymap: Bool) throws -> Bool {
        for attempt in 1...Self.attempts {
            do {
                let isAnswer = try isProxymap ? askProxymap(lookup) : askSocketmap(lookup)
                hasAnswer = true
                if !isAnswer { temporary += 1 }
                return isAnswer
            } catch let problem as FaultRun.Problem {
                throw problem
            } catch  where isHang(error) {
                throw FaultRun.Problem("does not answer \(lookup)")
            } catch {
                guard attempt < Self.attempts else {
                    throw FaultRun.Problem("closes each connection: \(error)")
                }
                reconnects += 1
                disconnect()
                usleep(Self.pause)
            }
        }
        return false
    }

    private mutating func askSocketmap(_ lookup: LoadClients.Lookup) throws -> Bool {
        let client = try socketmapClient ?? SocketmapClient(path: socketmap, timeLimit: Self.patience)
        socketmapClient = client
        let reply = try client.lookup(lookup.map, lookup.key)
        if reply.isTemporary { return false }
        if reply != lookup.value.map({ .ok($0) }) ?? .notFound { throw wrong(lookup, "\(reply)") }
        return true
    }

    private mutating func askProxymap(_ lookup: LoadClients.Lookup) throws -> Bool {
        let client = try proxymapClient ?? ProxymapClient(path: proxymap, timeLimit: Self.patience)
        proxymapClient = client
        let answer = try client.lookup("\(tables)/\(lookup.map).cf", lookup.key)
        if case .failed = answer { return false }
        let right = lookup.value.map { PostfixConfiguration.Answer.found(Array($0.utf8)) } ?? .notFound
        if answer != right { throw wrong(lookup, "\(answer)") }
        return true
    }

    private func wrong(_ lookup: LoadClients.Lookup, _ answer: String) -> FaultRun.Problem {
        FaultRun.Problem("answers \(lookup) with \(answer)")
    }

    private func isHang(_ error: any Error) -> Bool {
        error as? SocketmapClient.Failure == .timedOut || error as? StreamSocket.Failure == .timedOut
    }
}
