// The beats that were sent, and which of them count.

internal import LookupValues

/// A beat counts when both its answer has come, with the look unchanged, and its notification. It proves that all that was
/// committed before it was *sent* has been heard. One that is overtaken by a later one does not count any more.
struct BeatLedger {
    struct Counted: Equatable {
        let sentAt: Instant
        /// What `BeatAnswer` has.
        let position: UInt64
    }

    private struct Beat {
        let text: String
        let sentAt: Instant
        var isHeard = false
        var answer: (at: Instant, position: UInt64)?
    }

    /// More than are sent before one that is never heard is taken for a sign of deafness.
    private static let mostBeats = 64

    private var number: UInt64 = 0
    private var beats: [Beat] = []

    /// How the payload of a beat begins; that of a change begins otherwise.
    static let prefix = "beat "

    /// Begins a beat.
    ///
    /// - Parameter nonce: a random number. Any role may listen, and send what it likes: if it could guess the next beat's
    ///   payload and send it before, that beat would count too early.
    /// - Returns: its notification's payload.
    mutating func send(nonce: UInt64, now: Instant) -> String {
        number += 1
        let digits = String(nonce, radix: 16)
        let name = String(repeating: "0", count: 16 - digits.count) + digits
        let text = "\(Self.prefix)\(name) \(number)"
        beats.append(Beat(text: text, sentAt: now))
        if beats.count > Self.mostBeats { beats.removeFirst() }
        return text
    }

    /// Takes in the answer to the latest beat, whose look has not changed.
    mutating func answer(position: UInt64, now: Instant) -> Counted? {
        guard let last = beats.indices.last, beats[last].answer == nil else { return nil }
        beats[last].answer = (now, position)
        return count(last)
    }

    /// The latest beat is not answered, or not as it should be: it does not count.
    mutating func dismissLatest() {
        if let last = beats.last, last.answer == nil { beats.removeLast() }
    }

    /// Takes in a notification that begins as a beat does.
    mutating func hear(_ text: String) -> Counted? {
        guard let index = beats.firstIndex(where: { $0.text == text }) else { return nil }
        beats[index].isHeard = true
        return count(index)
    }

    private mutating func count(_ index: Int) -> Counted? {
        let beat = beats[index]
        guard beat.isHeard, let answer = beat.answer else { return nil }
        beats.removeFirst(index + 1)
        return Counted(sentAt: beat.sentAt, position: answer.position)
    }

    /// Since when a beat that the server has sent on was not heard; nil if all were.
    var unheardSince: Instant? {
        beats.first { $0.answer != nil && !$0.isHeard }?.answer?.at
    }

    /// No beat that was sent until now counts.
    mutating func dismissAll() { beats = [] }
}
