// The sockets of a relay, and its thread's loop: bytes wait until they are due.

import CLinux
import EventLoop
import Glibc
import LookupValues
import Synchronization

/// Has an epoll(7) of its own, as `EventLoop` waits for whole milliseconds.
@safe final class RelayCore {
    private let epoll: Descriptor
    private let listening: Descriptor
    private let stopped: Descriptor
    private let target: String
    private let delay: Int64
    private let tally: SocketRelay.Tally
    /// By both of their descriptors.
    private var connections: [Int32: RelayConnection] = [:]
    /// What clients have sent, in the order in which it is due.
    private var delayed: [(due: Int64, connection: RelayConnection, bytes: [UInt8])] = []
    private var firstDelayed = 0
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private static let eventsAtOnce = 256
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: eventsAtOnce)

    init(
        listening: consuming Descriptor, stopped: consuming Descriptor, target: String, delay: Int64,
        tally: SocketRelay.Tally
    ) throws {
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SupportError("epoll_create1: \(errorText())") }
        self.epoll = Descriptor(owning: epoll)
        self.listening = listening
        self.stopped = stopped
        self.target = target
        self.delay = delay
        self.tally = tally
        watch(self.listening.raw)
        watch(self.stopped.raw)
    }

    /// Returns once the relay's owner has said so.
    func run() {
        while true {
            let count = wait()
            let now = MonotonicClock.now().nanoseconds
            for index in 0..<count {
                let descriptor = unsafe events[index].data.fd
                if descriptor == stopped.raw { return }
                if descriptor == listening.raw {
                    accept()
                } else if let connection = connections[descriptor] {
                    move(from: descriptor, of: connection, now: now)
                }
            }
            sendDue()
        }
    }

    /// Waits for what comes, or until something is due.
    private func wait() -> Int {
        let capacity = Int32(Self.eventsAtOnce)
        guard firstDelayed < delayed.count else {
            return Int(max(0, unsafe epoll_wait(epoll.raw, events.baseAddress, capacity, -1)))
        }
        let left = max(0, delayed[firstDelayed].due - MonotonicClock.now().nanoseconds)
        var timeout = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        return Int(max(0, unsafe epoll_pwait2(epoll.raw, events.baseAddress, capacity, &timeout, nil)))
    }

    private func watch(_ descriptor: Int32) {
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
        let result = unsafe epoll_ctl(epoll.raw, EPOLL_CTL_ADD, descriptor, &event)
        precondition(result == 0, "an open descriptor can't be watched")
    }

    private func accept() {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let client = accept4(listening.raw, nil, nil, flags)
        guard client >= 0 else { return }
        guard let server = try? connectToUnixSocket(target, timeLimit: 10) else {
            // As a server that is not there.
            close(client)
            return
        }
        let connection = RelayConnection(client: client, server: server)
        for descriptor in [client, server] {
            connections[descriptor] = connection
            watch(descriptor)
        }
    }

    private func move(from descriptor: Int32, of connection: RelayConnection, now: Int64) {
        let count = unsafe recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return end(connection) }
        let bytes = chunk[..<count]
        if descriptor == connection.client {
            connection.meter.noteQuestion(bytes, at: now)
            guard delay > 0 else { return pass(bytes, to: connection.server, of: connection) }
            delayed.append((now + delay, connection, Array(bytes)))
        } else {
            let waited = connection.meter.noteAnswer(at: now)
            let roundTrips = connection.counter.count(bytes)
            tally.counts.withLock {
                if let waited {
                    $0.answered += 1
                    $0.waited += waited
                }
                $0.roundTrips += roundTrips
            }
            pass(bytes, to: connection.client, of: connection)
        }
    }

    private func sendDue() {
        let now = MonotonicClock.now().nanoseconds
        while firstDelayed < delayed.count, delayed[firstDelayed].due <= now {
            let (_, connection, bytes) = delayed[firstDelayed]
            firstDelayed += 1
            if connection.isOpen { pass(bytes[...], to: connection.server, of: connection) }
        }
        if firstDelayed == delayed.count || firstDelayed > 10_000 {
            delayed.removeFirst(firstDelayed)
            firstDelayed = 0
        }
    }

    /// Sends all of it. A peer that reads nothing for ten seconds is taken for gone.
    private func pass(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, of connection: RelayConnection) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else {
                var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                let isFull = count < 0 && (errno == EAGAIN || errno == EINTR)
                guard isFull, unsafe poll(&waited, 1, 10_000) > 0 else { return end(connection) }
            }
        }
    }

    /// Neither PostgreSQL nor Postfix goes on with half a connection.
    private func end(_ connection: RelayConnection) {
        guard connection.isOpen else { return }
        connection.isOpen = false
        for descriptor in [connection.client, connection.server] {
            connections[descriptor] = nil
            close(descriptor)
        }
    }

    deinit {
        unsafe events.deallocate()
        for connection in connections.values { end(connection) }
    }
}

/// One client's two sockets.
final class RelayConnection {
    let client: Int32
    let server: Int32
    var isOpen = true
    var meter = WaitMeter()
    var counter = RoundTripCounter()

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }
}
