// What a fault proxy can do to the connections through it.

/// Who sends.
package enum ProxySide: Hashable, Sendable {
    case client
    case server

    var other: ProxySide { self == .client ? .server : .client }
}

/// The faults of a proxy or of one of its connections. What is counted (offsets, messages) is counted from the moment
/// that they are set on a connection, which for a new one is its beginning.
package struct ProxyFaults: Equatable, Sendable {
    /// What becomes of those who connect.
    package enum Acceptance: Equatable, Sendable {
        case normal
        /// They stay in the listen backlog, where the kernel has shaken hands with them.
        case never
        /// They are accepted, and nothing is read or said until this fault is lifted.
        case silent
        /// They are accepted and closed.
        case closing
        /// They are accepted and reset.
        case resetting
    }

    package var acceptance = Acceptance.normal
    /// Of the bytes that the client sends, and of those that the server sends.
    package var fromClient = FlowFaults()
    package var fromServer = FlowFaults()
    /// Nothing is read from either side any more, nor passed on, nor closed: as after a power cut.
    package var isHalfOpen = false
    package var triggers: [ProxyTrigger] = []

    package init() {}

    package static let none = ProxyFaults()

    /// Takes every byte of both sides and passes none on.
    package static var stalled: ProxyFaults {
        var faults = ProxyFaults()
        faults.fromClient.isStalled = true
        faults.fromServer.isStalled = true
        return faults
    }

    package static var halfOpen: ProxyFaults {
        var faults = ProxyFaults()
        faults.isHalfOpen = true
        return faults
    }

    package static func accepting(_ acceptance: Acceptance) -> ProxyFaults {
        var faults = ProxyFaults()
        faults.acceptance = acceptance
        return faults
    }

    /// Delays what both sides send.
    package static func delayed(_ delay: Duration) -> ProxyFaults {
        var faults = ProxyFaults()
        faults.fromClient.delay = delay
        faults.fromServer.delay = delay
        return faults
    }

    /// Passes on what both sides send in pieces.
    package static func pieces(_ sizes: ClosedRange<Int>) -> ProxyFaults {
        var faults = ProxyFaults()
        faults.fromClient.pieces = FlowFaults.Pieces(sizes: sizes)
        faults.fromServer.pieces = FlowFaults.Pieces(sizes: sizes)
        return faults
    }

    package static func trigger(
        _ action: ProxyTrigger.Action, _ point: ProxyTrigger.Point, from sender: ProxySide
    ) -> ProxyFaults {
        var faults = ProxyFaults()
        faults.triggers = [ProxyTrigger(sender: sender, point: point, action: action)]
        return faults
    }

    package static func corrupting(_ corruptions: [Corruption]) -> ProxyFaults {
        var faults = ProxyFaults()
        faults.fromServer.corruptions = corruptions
        return faults
    }

    func of(_ sender: ProxySide) -> FlowFaults { sender == .client ? fromClient : fromServer }
}

/// What is done to the bytes of one sender.
package struct FlowFaults: Equatable, Sendable {
    /// Each piece is a write of its own, and the reader gets time to see it alone.
    package struct Pieces: Equatable, Sendable {
        /// Bytes of a piece, drawn at random.
        package var sizes: ClosedRange<Int>
        package var pause: Duration

        package init(sizes: ClosedRange<Int>, pause: Duration = .microseconds(50)) {
            self.sizes = sizes
            self.pause = pause
        }
    }

    package var delay = Duration.zero
    /// Bytes are taken, up to the proxy's bound, and not passed on; nor is the end of file.
    package var isStalled = false
    package var pieces: Pieces?
    package var bytesPerSecond: Int?
    /// In the order of their places.
    package var corruptions: [Corruption] = []
}

/// A change of the bytes that one side sends.
package struct Corruption: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// The byte at the offset, exclusive-or'ed with these bits.
        case flip(UInt8)
        /// These bytes before the one at the offset.
        case insert([UInt8])
        /// So many bytes from the offset on are left out.
        case drop(Int)
    }

    /// From the beginning of the message of this number, from 1; nil: from the beginning of what is sent.
    package var message: Int?
    package var offset: Int
    package var kind: Kind

    package init(message: Int? = nil, offset: Int, _ kind: Kind) {
        self.message = message
        self.offset = offset
        self.kind = kind
    }
}

/// Something that happens once, at a certain point of what one side sends. Everything before the point is passed on.
package struct ProxyTrigger: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// Both sides are closed.
        case cut
        /// Both sides are reset.
        case reset
        /// From here on, nothing of either side is passed on.
        case stall
        case halfOpen
    }

    package enum Point: Equatable, Sendable {
        case afterBytes(Int)
        /// Before the message of this number, from 1, and this type; nil: of any type.
        case before(Int, type: Unicode.Scalar? = nil)
        case after(Int, type: Unicode.Scalar? = nil)
    }

    package var sender: ProxySide
    package var point: Point
    package var action: Action

    package init(sender: ProxySide, point: Point, action: Action) {
        self.sender = sender
        self.point = point
        self.action = action
    }
}
