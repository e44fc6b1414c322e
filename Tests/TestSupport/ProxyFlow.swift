// The bytes of one sender on their way through a fault proxy: which of them may go on when, and changed how.

import LookupValues

/// Times are nanoseconds of the monotonic clock; offsets count the sender's bytes from the connection's beginning.
struct ProxyFlow {
    /// Beyond so many bytes that can't be passed on, no more are read.
    static let bound = 4 << 20
    /// So many messages are remembered.
    static let rememberedMessages = 4096

    let sender: ProxySide
    /// Read, and not passed on.
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    /// Of the first byte in `buffer` that is not passed on.
    private(set) var offset = 0
    /// Passed on as far as faults go, and not written yet.
    private(set) var output: [UInt8] = []
    private var outputStart = 0
    /// Which bytes may be passed on from which time only.
    private var due: [(start: Int, at: Int64)] = []
    private var reader: MessageReader
    private(set) var messages: [ProxyMessage] = []
    private(set) var messageCount = 0

    private var faults = FlowFaults()
    private var triggers: [ProxyTrigger] = []
    /// The corruptions whose places are known.
    private var corruptions: [(at: Int, kind: Corruption.Kind)] = []
    /// Whether bytes may go on only when it is known whose message they are.
    private var holdsHeaders = false
    private var base = 0
    private var countByType: [Unicode.Scalar: Int] = [:]
    private var countSinceSet = 0
    /// Where the next trigger strikes.
    private var fence: (offset: Int, action: ProxyTrigger.Action)?
    private var random: SplitMix64
    private var notBefore: Int64 = 0

    /// Whether the sender has closed, and whether the receiver has been told.
    var isEnded = false
    var isEndPassedOn = false

    init(_ sender: ProxySide, seed: UInt64) {
        self.sender = sender
        reader = MessageReader(sender)
        random = SplitMix64(seed: seed)
    }

    var isFull: Bool { buffer.count - bufferStart >= Self.bound }
    var isEmpty: Bool { bufferStart == buffer.count && output.count == outputStart }
    var hasOutput: Bool { output.count > outputStart }
    var unwritten: ArraySlice<UInt8> { output[outputStart...] }
    /// Bytes read in all.
    var total: Int { offset + buffer.count - bufferStart }

    mutating func set(_ faults: ProxyFaults) {
        self.faults = faults.of(sender)
        triggers = faults.triggers.filter { $0.sender == sender }
        base = total
        let everywhere = self.faults.corruptions.filter { $0.message == nil }
        corruptions = everywhere.map { (base + $0.offset, $0.kind) }
        holdsHeaders = !triggers.isEmpty || everywhere.count < self.faults.corruptions.count
        countByType = [:]
        countSinceSet = 0
        fence = nil
        notBefore = 0
        if self.faults.delay == .zero { due = [] }
        for trigger in triggers {
            if case .afterBytes(let count) = trigger.point { propose(base + count, trigger.action) }
        }
    }

    mutating func expectSingleByte() { reader.expectSingleByte() }
    mutating func goOpaque() { reader.goOpaque() }

    /// Takes in what the sender has sent.
    mutating func append(_ bytes: ArraySlice<UInt8>, now: Int64) -> MessageReader.Consequence {
        if bufferStart > 0 && bufferStart == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            bufferStart = 0
        }
        buffer += bytes
        var found: [ProxyMessage] = []
        let consequence = reader.read(bytes) { found.append($0) }
        for message in found { note(message) }
        if faults.delay > .zero {
            let at = now + faults.delay.nanoseconds
            // Half a millisecond more or less is all the same: one entry for what comes together.
            if due.last.map({ at - $0.at > 500_000 }) ?? true { due.append((total - bytes.count, at)) }
        }
        return consequence
    }

    private mutating func note(_ message: ProxyMessage) {
        messageCount += 1
        if messages.count < Self.rememberedMessages { messages.append(message) }
        // A message that had begun when the faults were set is not theirs.
        guard holdsHeaders, message.offset >= base else { return }
        countSinceSet += 1
        for corruption in faults.corruptions where corruption.message == countSinceSet {
            corruptions.append((message.offset + corruption.offset, corruption.kind))
        }
        countByType[message.type, default: 0] += 1
        for trigger in triggers {
            switch trigger.point {
            case .afterBytes: break
            case .before(let number, let type):
                if matches(message, number, type) { propose(message.offset, trigger.action) }
            case .after(let number, let type):
                if matches(message, number, type) { propose(message.end, trigger.action) }
            }
        }
    }

    private func matches(_ message: ProxyMessage, _ number: Int, _ type: Unicode.Scalar?) -> Bool {
        guard let type else { return countSinceSet == number }
        return message.type == type && countByType[type] == number
    }

    private mutating func propose(_ offset: Int, _ action: ProxyTrigger.Action) {
        if fence.map({ offset < $0.offset }) ?? true { fence = (offset, action) }
    }

    /// The action of the trigger that has been reached, once everything before it is written.
    var firing: ProxyTrigger.Action? {
        guard let fence, offset >= fence.offset, !hasOutput else { return nil }
        return fence.action
    }

    /// Moves what may go on now into `output`.
    ///
    /// - Returns: when there may be more; nil: not before something else happens.
    mutating func release(now: Int64) -> Int64? {
        if hasOutput || faults.isStalled { return nil }
        var limit = total
        if holdsHeaders, let header = reader.incompleteHeader { limit = min(limit, header) }
        if let fence { limit = min(limit, fence.offset) }
        var wake: Int64?
        while let first = due.first, first.at <= now { due.removeFirst() }
        if let first = due.first {
            wake = first.at
            limit = min(limit, max(offset, first.start))
        }
        guard limit > offset else { return wake }
        if now < notBefore { return notBefore }
        if let pieces = faults.pieces {
            let size = pieces.sizes.lowerBound + random.below(pieces.sizes.count)
            limit = min(limit, offset + size)
            notBefore = now + pieces.pause.nanoseconds
            wake = notBefore
        }
        if let rate = faults.bytesPerSecond {
            // A hundredth of a second's bytes at a time.
            let count = min(limit - offset, max(1, rate / 100))
            limit = offset + count
            notBefore = now + Int64(count) * 1_000_000_000 / Int64(rate)
            wake = notBefore
        }
        pass(limit - offset)
        return limit < total ? wake : nil
    }

    private mutating func pass(_ count: Int) {
        output.removeAll(keepingCapacity: true)
        outputStart = 0
        let end = offset + count
        var position = offset
        for corruption in corruptions {
            let at = corruption.at
            if case .drop(let length) = corruption.kind {
                // May have begun in an earlier piece.
                guard at + length > position, at < end else { continue }
                append(from: position, to: max(position, at))
                position = min(end, at + length)
                continue
            }
            guard at >= position, at < end else { continue }
            append(from: position, to: at)
            position = at
            switch corruption.kind {
            case .flip(let bits):
                output.append(buffer[bufferStart + at - offset] ^ bits)
                position += 1
            case .insert(let bytes): output += bytes
            case .drop: break
            }
        }
        append(from: position, to: end)
        bufferStart += count
        offset = end
        if bufferStart > 1 << 16 {
            buffer.removeFirst(bufferStart)
            bufferStart = 0
        }
    }

    private mutating func append(from: Int, to: Int) {
        if to > from { output += buffer[(bufferStart + from - offset)..<(bufferStart + to - offset)] }
    }

    mutating func written(_ count: Int) {
        outputStart += count
        if outputStart == output.count {
            output.removeAll(keepingCapacity: true)
            outputStart = 0
        }
    }
}

extension Duration {
    /// For those below 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
