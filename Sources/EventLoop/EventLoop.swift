// An epoll(7) loop: descriptors are registered with a handler, and each turn tells the handlers what is ready.

internal import CLinux
internal import Glibc
package import LookupValues

/// What a descriptor is ready for, or its handler waits for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// OptionSet's own goes through the conformance, for each event.
    @inlinable package func contains(_ other: Readiness) -> Bool {
        rawValue & other.rawValue == other.rawValue
    }

    /// Bytes, a connection or the end of the stream can be read.
    package static let readable = Readiness(rawValue: 1)
    /// Bytes can be written.
    package static let writable = Readiness(rawValue: 2)
    /// Both directions are over, by an error or because the peer has closed. Reported even if not waited for.
    package static let hungUp = Readiness(rawValue: 4)
    /// An interest only: of several loops that watch this descriptor, the event is reported to some (EPOLLEXCLUSIVE).
    /// Such a registration can't be changed.
    package static let exclusive = Readiness(rawValue: 8)
}

/// A handler of a descriptor's readiness.
package protocol EventHandler: AnyObject {
    /// Called on the loop's thread. The handler may register, change and remove any descriptor, its own too.
    func descriptorReady(_ readiness: Readiness)
}

/// One thread's loop. Level-triggered: what a handler leaves unread is reported again in the next turn.
@safe package final class EventLoop {
    /// Names one registration; a number is not used again for another descriptor while an event may be under way.
    package struct Registration: Equatable {
        fileprivate let index: UInt32
        fileprivate let generation: UInt32
    }

    private struct Slot {
        var descriptor: Int32 = -1
        var generation: UInt32 = 0
        var handler: (any EventHandler)?
    }

    private static let eventsPerTurn = 512

    private var turnBegan = MonotonicClock.now()

    /// When the events that are being handled were reported. Read once a turn: nothing here needs it finer.
    // Not inlined: in other modules each access to the property would be checked for overlapping ones.
    package var now: Instant {
        @inline(never) get { turnBegan }
    }

    /// How many descriptors were ready in this turn.
    package private(set) var readyCount = 0

    private let epoll: Descriptor
    private var slots: [Slot] = []
    private var freeSlots: [UInt32] = []
    private let events: UnsafeMutableBufferPointer<epoll_event>

    package init() throws(SystemError) {
        epoll = Descriptor(owning: try systemCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: Self.eventsPerTurn)
    }

    deinit {
        unsafe events.deallocate()
    }

    /// Calls `handler` from now on when `descriptor` is ready for any of `interest`. The loop keeps the handler alive
    /// until the registration is removed, which must happen before the descriptor is closed.
    package func register(
        _ descriptor: Int32, for interest: Readiness, handler: any EventHandler
    ) throws(SystemError) -> Registration {
        let index = freeSlots.popLast() ?? UInt32(slots.count)
        if index == slots.count { slots.append(Slot()) }
        let registration = Registration(index: index, generation: slots[Int(index)].generation)
        do {
            try control(EPOLL_CTL_ADD, descriptor, registration, interest)
        } catch {
            freeSlots.append(index)
            throw error
        }
        slots[Int(index)].descriptor = descriptor
        slots[Int(index)].handler = handler
        return registration
    }

    /// Changes the interest of a registration.
    package func change(_ registration: Registration, to interest: Readiness) {
        let slot = slots[Int(registration.index)]
        precondition(slot.generation == registration.generation, "a removed registration was changed")
        do {
            try control(EPOLL_CTL_MOD, slot.descriptor, registration, interest)
        } catch {
            // The descriptor is registered and open, so this fails only for lack of kernel memory: there is no way to go on.
            fatalError(error.description)
        }
    }

    /// Ends a registration. An event that the kernel has already reported for it is ignored.
    package func remove(_ registration: Registration) {
        let index = Int(registration.index)
        precondition(slots[index].generation == registration.generation, "a registration was removed twice")
        _ = epoll_ctl(epoll.raw, EPOLL_CTL_DEL, slots[index].descriptor, nil)
        slots[index].generation &+= 1
        slots[index].descriptor = -1
        slots[index].handler = nil
        freeSlots.append(registration.index)
    }

    /// Ends all registrations. Until then the loop and the handlers that hold it keep each other alive.
    package func removeAll() {
        for (index, slot) in slots.enumerated() where slot.handler != nil {
            remove(Registration(index: UInt32(index), generation: slot.generation))
        }
    }

    /// One turn: waits until a descriptor is ready or `deadline` has come, then calls the handlers.
    ///
    /// - Parameter deadline: nil: there is none. With one that has passed, the turn does not wait.
    package func turn(until deadline: Instant?) {
        let count = unsafe epoll_wait(
            epoll.raw, events.baseAddress, Int32(Self.eventsPerTurn), Self.timeout(until: deadline))
        // EINTR is a turn without events; anything else means that the loop itself is broken.
        precondition(count >= 0 || errno == EINTR, "epoll_wait failed")
        turnBegan = MonotonicClock.now()
        readyCount = Int(max(0, count))
        for position in 0..<readyCount {
            let (ready, name) = unsafe (events[position].events, events[position].data.u64)
            let slot = slots[Int(truncatingIfNeeded: name & 0xffff_ffff)]
            guard slot.generation == UInt32(truncatingIfNeeded: name >> 32),
                let handler = slot.handler
            else { continue }
            handler.descriptorReady(Self.readiness(of: ready))
        }
    }

    private func control(
        _ operation: Int32, _ descriptor: Int32, _ registration: Registration, _ interest: Readiness
    ) throws(SystemError) {
        var events: UInt32 = 0
        if interest.contains(.readable) { events |= EPOLLIN.rawValue }
        if interest.contains(.writable) { events |= EPOLLOUT.rawValue }
        if interest.contains(.exclusive) { events |= EPOLLEXCLUSIVE.rawValue }
        let name = UInt64(registration.generation) << 32 | UInt64(registration.index)
        var event = unsafe epoll_event(events: events, data: epoll_data_t(u64: name))
        let epoll = epoll.raw
        try systemCall("epoll_ctl") { unsafe epoll_ctl(epoll, operation, descriptor, &event) }
    }

    private static func readiness(of events: UInt32) -> Readiness {
        var readiness: Readiness = []
        if events & EPOLLIN.rawValue != 0 { readiness.insert(.readable) }
        if events & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
        if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { readiness.insert(.hungUp) }
        return readiness
    }

    /// In milliseconds, as epoll_wait(2) takes it. Rounded up, so that the deadline has passed when it returns.
    private static func timeout(until deadline: Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = deadline.nanoseconds - MonotonicClock.now().nanoseconds
        return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
    }
}
