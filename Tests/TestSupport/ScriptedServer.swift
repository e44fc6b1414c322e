// A server whose every connection runs a script of the test's, on a thread of its own.

import CLinux
import Foundation
import Glibc
import Synchronization
import ThrowawayServers

package final class ScriptedServer: Sendable {
    /// 0 for a server on a Unix-domain socket.
    package let port: Int
    package var address: ProxyAddress { .tcp(port) }
    /// As a pgsql_table(5) file names it.
    package var host: String { "inet:127.0.0.1:\(port)" }

    private let listening: Int32
    private let shared = Shared()
    private let hasEnded = DispatchSemaphore(value: 0)

    private final class Shared: Sendable {
        struct State {
            var sockets: [Int: StreamSocket] = [:]
            var accepted = 0
            var isStopping = false
        }
        let state = Mutex(State())
    }

    /// Listens on a port of 127.0.0.1.
    ///
    /// - Parameter script: is given each connection and its number, from 1; its end, by an error too, closes it.
    package convenience init(_ script: @escaping @Sendable (StreamSocket, Int) throws -> Void) throws {
        let (listening, port) = try listenOnLoopback()
        self.init(listening: listening, port: port, script)
    }

    /// Listens on a Unix-domain socket.
    package convenience init(
        path: String, _ script: @escaping @Sendable (StreamSocket, Int) throws -> Void
    ) throws {
        self.init(listening: try listenOnUnixSocket(path), port: 0, script)
    }

    private init(
        listening: Int32, port: Int, _ script: @escaping @Sendable (StreamSocket, Int) throws -> Void
    ) {
        (self.listening, self.port) = (listening, port)
        // accept(2) is to wait here.
        _ = fcntl(listening, F_SETFL, 0)
        let (shared, hasEnded) = (shared, hasEnded)
        Self.startThread {
            while true {
                let client = accept4(listening, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
                guard client >= 0 else {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    break
                }
                let socket = StreamSocket(owning: client)
                let number: Int? = shared.state.withLock { state in
                    if state.isStopping { return nil }
                    state.accepted += 1
                    state.sockets[state.accepted] = socket
                    return state.accepted
                }
                guard let number else { break }
                Self.startThread {
                    try? script(socket, number)
                    shared.state.withLock { state in
                        _ = state.sockets.removeValue(forKey: number)
                    }
                    socket.end()
                }
            }
            hasEnded.signal()
        }
    }

    deinit {
        shared.state.withLock { state in
            state.isStopping = true
            for socket in state.sockets.values { socket.end() }
        }
        shutdown(listening, Int32(SHUT_RDWR))
        hasEnded.wait()
        close(listening)
        // A script may look after its socket's end, but not for long.
        try? waitUntil("the scripts end") { open == 0 }
    }

    /// How many connections were accepted.
    package var accepted: Int { shared.state.withLock { $0.accepted } }
    /// How many of them are open.
    package var open: Int { shared.state.withLock { $0.sockets.count } }

    /// Ends all connections.
    package func cut() {
        shared.state.withLock { state in
            for socket in state.sockets.values { socket.end() }
        }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 1 << 20
        thread.start()
    }
}
