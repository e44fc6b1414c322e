// A client of a Unix-domain socket that speaks socketmap, or proxymap as Postfix 3.6 does.

package import EventLoop
internal import Glibc
internal import LookupProtocols
package import LookupValues

package enum SocketProtocol: String, CaseIterable, Sendable {
    case socketmap
    case proxymap
}

/// How requests begin and end in a protocol, for each table.
package struct RequestForm: Sendable {
    let kind: SocketProtocol
    /// What precedes the key: in socketmap, after the length.
    let prefixes: [[UInt8]]
    private let findsNothing: Bool

    /// - Parameters:
    ///   - findsNothing: whether the one right answer is "not found", whatever is in the tables, as a map answers whose
    ///     `domain` leaves all keys out.
    ///   - map: what clients call a table.
    package init(_ kind: SocketProtocol, findsNothing: Bool = false, map: (LoadTable) -> String) {
        self.kind = kind
        self.findsNothing = findsNothing
        prefixes = LoadTable.allCases.map { table in
            switch kind {
            case .socketmap:
                Array("\(map(table)) ".utf8)
            case .proxymap:
                // FOLD_FIX and LOCK, as every client that reads a table.
                Array("request\0lookup\0table\0\(map(table))\0flags\0\(16_448)\0key\0".utf8)
            }
        }
    }

    /// Whether a question's right answer is a value.
    func finds(_ question: Question) -> Bool { !findsNothing && !question.isAbsent }

    func appendRequest(_ question: Question, key: [UInt8], to bytes: inout [UInt8]) {
        let prefix = prefixes[question.table.rawValue]
        switch kind {
        case .socketmap:
            bytes.append(decimal: prefix.count + key.count)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: prefix)
            bytes.append(contentsOf: key)
            bytes.append(UInt8(ascii: ","))
        case .proxymap:
            bytes.append(contentsOf: prefix)
            bytes.append(contentsOf: key)
            bytes.append(0)
            bytes.append(0)
        }
    }

    /// Appends the one right reply.
    func appendReply(_ question: Question, value: [UInt8], to bytes: inout [UInt8]) {
        switch kind {
        case .socketmap:
            if !finds(question) {
                bytes.append(contentsOf: "9:NOTFOUND ,".utf8)
                return
            }
            bytes.append(decimal: 3 + value.count)
            bytes.append(contentsOf: ":OK ".utf8)
            bytes.append(contentsOf: value)
            bytes.append(UInt8(ascii: ","))
        case .proxymap:
            bytes.append(contentsOf: finds(question) ? "status\00\0".utf8 : "status\01\0".utf8)
            bytes.append(contentsOf: "value\0".utf8)
            if finds(question) { bytes.append(contentsOf: value) }
            bytes.append(0)
            bytes.append(0)
        }
    }

    /// What bytes turn out to begin with.
    enum Beginning {
        case reply(end: Int)
        case partialReply
        /// No reply, whatever may follow.
        case violation
    }

    func beginning(of bytes: [UInt8]) -> Beginning {
        switch kind {
        case .socketmap:
            return switch Netstring.decode(bytes.span, at: 0, limit: 1_000_000) {
            case .message(_, let end): .reply(end: end)
            case .needsMore: .partialReply
            case .violation: .violation
            }
        case .proxymap:
            var place = AttributeListEnd()
            guard let end = place.find(in: bytes.span, from: 0) else {
                return bytes.count < 1_000_000 ? .partialReply : .violation
            }
            return .reply(end: end)
        }
    }

    func isFailure(_ reply: [UInt8]) -> Bool {
        switch kind {
        case .socketmap:
            let text = reply.drop { $0 != UInt8(ascii: ":") }
            return [":TEMP", ":PERM", ":TIMEOUT"].contains { text.starts(with: $0.utf8) }
        case .proxymap:
            return !reply.starts(with: "status\00\0".utf8) && !reply.starts(with: "status\01\0".utf8)
        }
    }
}

@safe package final class SocketClient: LoadClient, EventHandler {
    private let socket: Descriptor
    private let load: Load
    private let form: RequestForm
    private var registration: EventLoop.Registration?
    private var isGreeted: Bool
    /// The beginning of a reply that came in pieces.
    private var piece: [UInt8] = []
    private var place = Workload.Place()
    private var question: Question?
    private var askedAt = Instant(nanoseconds: 0)
    package var answered = 0
    package var waitingSince: Instant? { question == nil ? nil : askedAt }

    /// Connects; while the listen backlog is full, it tries again.
    package convenience init(path: String, form: RequestForm, load: Load, patience: Int64 = 30_000_000_000)
        throws
    {
        let limit = MonotonicClock.now().advanced(byNanoseconds: patience)
        var connected: Descriptor?
        repeat {
            do throws(SystemError) {
                connected = try connectToSocket(at: path)
            } catch {
                guard error.isTemporary, MonotonicClock.now() < limit else { throw error }
                usleep(500)
            }
        } while connected == nil
        try self.init(socket: connected.take()!, form: form, load: load)
    }

    package init(socket: consuming Descriptor, form: RequestForm, load: Load) throws(SystemError) {
        self.socket = socket
        self.load = load
        self.form = form
        isGreeted = form.kind == .socketmap
        registration = try load.loop.register(self.socket.raw, for: .readable, handler: self)
    }

    package func ask() {
        askedAt = MonotonicClock.now()
        askNext()
    }

    private func askNext() {
        question = load.nextQuestion(&place)
        guard let question else { return }
        load.scratch.removeAll(keepingCapacity: true)
        load.expected.removeAll(keepingCapacity: true)
        question.appendKey(to: &load.expected)
        form.appendRequest(question, key: load.expected, to: &load.scratch)
        // A request is far shorter than a socket's buffer, and nothing else is on its way.
        let request = load.scratch
        if send(request.span, to: socket.raw) != .bytes(request.count) { lose() }
    }

    package func descriptorReady(_ readiness: Readiness) {
        guard case .bytes(let count) = unsafe receive(from: socket.raw, into: load.received) else {
            return lose()
        }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: load.received[..<count])
        guard let question else {
            // The greeting, short enough to come whole; any other word without a question is a fault.
            let greeting = unsafe Array(bytes)
            isGreeted = !isGreeted && ProxymapGreeting.decode(greeting.span, at: 0) == .greeting(end: count)
            return isGreeted ? () : lose()
        }
        load.scratch.removeAll(keepingCapacity: true)
        load.expected.removeAll(keepingCapacity: true)
        if form.finds(question) { question.appendValue(to: &load.scratch) }
        form.appendReply(question, value: load.scratch, to: &load.expected)
        if unsafe piece.isEmpty && isGreeted && isExpected(bytes) {
            accept(form.finds(question) ? .found : .notFound)
        } else {
            unsafe readSlowly(bytes, question)
        }
    }

    private func isExpected(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == load.expected.count else { return false }
        return unsafe load.expected.withUnsafeBytes {
            unsafe memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0
        }
    }

    /// Takes a reply that came in pieces, behind a greeting, or is not the right one.
    private func readSlowly(_ bytes: UnsafeRawBufferPointer, _ question: Question) {
        unsafe piece.append(contentsOf: bytes)
        if !isGreeted {
            let begun = piece
            guard case .greeting(let end) = ProxymapGreeting.decode(begun.span, at: 0) else { return }
            isGreeted = true
            piece.removeFirst(end)
        }
        switch form.beginning(of: piece) {
        case .partialReply:
            return
        case .violation:
            lose()
        case .reply(let end):
            // Only one answer is awaited: what follows it is nobody's.
            let isRight = piece == load.expected
            let isFailure = end == piece.count && form.isFailure(piece)
            piece.removeAll()
            let right = form.finds(question) ? Load.Answer.found : .notFound
            accept(isRight ? right : isFailure ? .failed : .wrong)
        }
    }

    private func accept(_ answer: Load.Answer) {
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
