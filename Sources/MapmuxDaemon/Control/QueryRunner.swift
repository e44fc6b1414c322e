// `mapmux query`: asks a worker of its own, through the protocol that every client uses.

internal import EventLoop
package import Logging
internal import LookupProtocols
package import LookupTables
internal import LookupValues

/// What one query came to.
package enum QueryAnswer: Equatable, Sendable {
    case found([UInt8])
    case notFound
    case temporaryFailure(String)
    case permanentFailure(String)
}

/// Looks keys up without a daemon. The worker runs in this process, and this is its only client: the answers are
/// those that Postfix would get.
package final class QueryRunner {
    /// Keys asked ahead of the answers.
    private static let requestsAhead = 64

    private let socket: Descriptor
    /// How the worker has ended, which it does only if it can't begin.
    private let ended: Mailbox<WorkerThread.End>
    private var unread: [UInt8] = []

    /// - Parameter report: is given what is wrong with the configuration.
    package init(
        source: ConfigurationSource, logger: Logger, report: (Diagnostic) -> Void
    ) throws(StartError) {
        guard let configuration = source.readWithoutErrors(report) else { throw .configuration }
        do throws(SystemError) {
            let (own, workers) = try makeSocketPair().take()
            socket = Descriptor(owning: own)
            let share = WorkerConfiguration(daemon: configuration, sockets: [], connections: 1, clients: 1)
            ended = try Mailbox()
            let worker = try WorkerThread(number: 0, configuration: share, logger: logger, ended: ended)
            worker.post(.serve(client: workers))
        } catch {
            throw .system(error)
        }
    }

    /// Looks up each key that `next` gives, and hands it to `answer` with its outcome, in order.
    package func run(
        map: String, next: () -> [UInt8]?, answer: ([UInt8], QueryAnswer) -> Void
    ) {
        var asked: [[UInt8]] = []
        var isOver = false
        while true {
            while !isOver && asked.count < Self.requestsAhead {
                guard let key = next() else {
                    isOver = true
                    break
                }
                ask(map: map, key: key)
                asked.append(key)
            }
            if asked.isEmpty { return }
            answer(asked.removeFirst(), receiveAnswer())
        }
    }

    private func ask(map: String, key: [UInt8]) {
        let payload = Array(map.utf8) + [UInt8(ascii: " ")] + key
        let request = Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")]
        var sent = 0
        while sent < request.count {
            switch send(request.span.extracting(sent...), to: socket.raw) {
            case .bytes(let count): sent += count
            case .wouldBlock: _ = waitUntilReady(socket.raw, for: .writable, until: nil)
            case .closed: return
            }
        }
    }

    private func receiveAnswer() -> QueryAnswer {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch Netstring.decode(unread.span, at: 0, limit: SocketmapReply.maximumReplyLength) {
            case .message(let payload, let end):
                let answer = QueryAnswer(reply: unread[payload])
                unread.removeFirst(end)
                return answer
            case .violation:
                preconditionFailure("the worker has sent what is not a netstring")
            case .needsMore:
                break
            }
            let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe receive(from: socket.raw, into: $0) }
            switch transfer {
            case .bytes(let count): unread += buffer[..<count]
            case .wouldBlock:
                let soon = MonotonicClock.now().advanced(byNanoseconds: 1_000_000_000)
                _ = waitUntilReady(socket.raw, for: .readable, until: soon)
                if case .failure(let error)? = ended.take().first { return .temporaryFailure("\(error)") }
            // After a request that breaks the protocol, a key that is too long, nothing more is answered.
            case .closed: return .temporaryFailure("not asked any more, since an earlier key was too long")
            }
        }
    }
}

extension QueryAnswer {
    fileprivate init(reply: ArraySlice<UInt8>) {
        let status = reply.prefix { $0 != UInt8(ascii: " ") }
        let rest = reply.dropFirst(status.count + 1)
        switch String(decoding: status, as: UTF8.self) {
        case "OK": self = .found(Array(rest))
        case "NOTFOUND": self = .notFound
        case "PERM": self = .permanentFailure(String(decoding: rest, as: UTF8.self))
        default: self = .temporaryFailure(String(decoding: rest, as: UTF8.self))
        }
    }
}
