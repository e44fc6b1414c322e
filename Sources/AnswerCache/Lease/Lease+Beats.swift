// When beats are sent, and what they prove.

package import LookupValues

extension Lease {
    /// The least time between beats, in nanoseconds.
    static let leastInterval: Int64 = 100_000_000
    /// How many beats in a row may fail until all is found out anew.
    private static let mostFailures = 3

    /// The look that beats have; nil if there can be none yet.
    var currentLook: TargetProof? { proof ?? candidate }

    mutating func useBeatLink(nonce: UInt64, now: Instant) {
        guard isListening, beats.isIdle else { return }
        if let due = analysisDueAt, due <= now {
            // Without a proof, something may have changed since the session began, which would not show in it.
            if proof == nil && isBeatLinkUsed { reopenBeats() } else { analyse(now: now) }
        } else if let look = currentLook?.look, beatDueAt <= now {
            beats.askedAt = now
            isBeating = true
            isBeatLinkUsed = true
            beatSentAt = now
            beatDueAt = now.advanced(byNanoseconds: terms.beatInterval)
            if candidate != nil && provableAt > now { beatDueAt = min(beatDueAt, provableAt) }
            let relations = awaited.isEmpty ? [] : candidate?.relations ?? []
            let text = ledger.send(nonce: nonce, now: now)
            actions.append(.beat(LeaseBeat(text: text, look: look, relations: relations)))
        }
    }

    /// The beat that was sent has been answered: it is committed.
    package mutating func beaten(_ answer: BeatAnswer, now: Instant) {
        beats.askedAt = nil
        isBeating = false
        failedBeats = 0
        beats.noteUse()
        guard let current = currentLook, answer.look == current.value else {
            // All that was committed from the last look on may not have been notified.
            ledger.dismissAll()
            dropProof(.unknown, now: now)
            return
        }
        let counted = ledger.answer(position: answer.position, now: now)
        awaited.formIntersection(answer.writers)
        if candidate != nil && awaited.isEmpty && provableAt <= now {
            promote(now: now)
        } else if let counted {
            count(counted, now: now)
        }
    }

    /// The server has refused the beat, which counts for nothing.
    package mutating func beatFailed(now: Instant) {
        beats.askedAt = nil
        isBeating = false
        ledger.dismissLatest()
        failedBeats += 1
        guard failedBeats >= Self.mostFailures else { return }
        failedBeats = 0
        dropProof(.unknown, now: now)
        analysisFailed(now: now)
    }

    /// All that was committed before the beat was sent has been heard, and is told before.
    mutating func count(_ beat: BeatLedger.Counted, now: Instant) {
        guard let listened else { return }
        verifiedAt = max(verifiedAt ?? beat.sentAt, beat.sentAt)
        hosts[listened].noteUse()
        tell(.verified(target: terms.target, host: listened, at: beat.sentAt), now: now)
        if isLate {
            isLate = false
            actions.append(.log(.verifiedAgain))
        }
        marks.add(position: beat.position, heardBy: beat.sentAt)
        for host in hosts.indices where standings[host] == .standby { checkDueAt[host] = now }
    }

    // MARK: Lateness

    /// When what is verified is too old, and that has not been said; nil if nothing is answered by notification.
    var latenessAt: Instant? {
        guard isListening, !isLate, proof?.isAnyProven ?? false else { return nil }
        return verifiedAt?.advanced(byNanoseconds: terms.staleness)
    }

    mutating func noteLateness(now: Instant) {
        guard let latenessAt, latenessAt <= now else { return }
        isLate = true
        actions.append(.log(.late))
    }
}
