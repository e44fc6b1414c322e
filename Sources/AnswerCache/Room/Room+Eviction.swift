// Which answers make room for others.

internal import LookupValues

extension Room {
    /// So many records begin anew at most when one is to come in; after that, hits count for nothing.
    static let mostMoves = 1_024
    /// From so many hits on, an answer goes from the small queue to the main one.
    private static let hitsForMain = 2

    /// Evicts answers until so many bytes of a kind fit in. "Not found" has half of the room at most. A kind that is beyond
    /// its half evicts its own answers; one that is not evicts those of the other, which is.
    mutating func makeRoom(for bytes: Int, _ kind: AnswerKind) {
        let half = limit / 2
        var moves = Self.mostMoves
        while true {
            let own = self.bytes(of: kind) + bytes
            let isBeyond = own > half
            if isBeyond && kind == .notFound {
                evict(kind, &moves)
            } else if own + self.bytes(of: kind.other) > limit {
                evict(isBeyond ? kind : kind.other, &moves)
            } else if index.isFull {
                evict(own - bytes > self.bytes(of: kind.other) ? kind : kind.other, &moves)
            } else {
                return
            }
        }
    }

    /// Takes the oldest record of a kind out of its queue: of the small one if that has a tenth of the bytes.
    private mutating func evict(_ kind: AnswerKind, _ moves: inout Int) {
        let small = Self.queue(kind)
        let main = small + 1
        let oldest = queues[small].oldest(in: &arena)
        if oldest >= 0 && queues[small].bytes * 10 >= queues[small].bytes + queues[main].bytes {
            let facts = facts(oldest)
            if facts.hits >= Self.hitsForMain && moves > 0 && !facts.isGone {
                moves -= 1
                move(oldest, from: small, to: main, hits: 0)
            } else {
                removeOldest(oldest, from: small, ghost: kind)
            }
        } else {
            let oldest = queues[main].oldest(in: &arena)
            if oldest >= 0 {
                let facts = facts(oldest)
                if facts.hits > 0 && moves > 0 && !facts.isGone {
                    moves -= 1
                    move(oldest, from: main, to: main, hits: facts.hits - 1)
                } else {
                    removeOldest(oldest, from: main, ghost: nil)
                }
            }
        }
        trimGhosts(kind)
    }

    private mutating func move(_ position: Int, from: Int, to: Int, hits: Int) {
        let first = arena.words[position]
        let length = Self.length(ofKey: FirstWord.length(of: first))
        let others = others(position)
        let new = queues[to].append(length, others: others, in: &arena)
        for offset in 0..<length { arena.words[new + offset] = arena.words[position + offset] }
        var facts = facts(new)
        facts.hits = hits
        facts.isInMain = true
        arena.words[new + 2] = facts.word
        index.move(position, to: new, FirstWord.hash(of: first))
        queues[from].removeOldest(length, others: others)
    }

    private mutating func removeOldest(_ position: Int, from queue: Int, ghost kind: AnswerKind?) {
        let first = arena.words[position]
        let length = Self.length(ofKey: FirstWord.length(of: first))
        guard !facts(position).isGone else {
            queues[queue].removeOldest(length, others: 0)
            return
        }
        let others = others(position)
        forget(position, others)
        tallies[FirstWord.slot(of: first)].evicted += 1
        release(position)
        let hash = FirstWord.hash(of: first)
        if let kind, queues[Self.queue(kind) + 1].count > 0 {
            let ghost = queues[Self.queue(kind) + 2].append(1, others: 0, in: &arena)
            arena.words[ghost] = FirstWord.ghost(hash: hash, kind)
            index.move(position, to: ghost, hash)
        } else {
            index.remove(position, hash, words: arena.words)
        }
        queues[queue].removeOldest(length, others: others)
    }

    /// There are no more ghosts than the main queue has records.
    @inline(__always) private mutating func trimGhosts(_ kind: AnswerKind) {
        let main = Self.queue(kind) + 1
        let ghosts = main + 1
        while queues[ghosts].count > queues[main].count {
            let position = queues[ghosts].oldest(in: &arena)
            let word = arena.words[position]
            if word != FirstWord.calledBack {
                index.remove(position, FirstWord.hash(of: word), words: arena.words)
            }
            queues[ghosts].removeOldest(1, others: 0)
        }
    }
}
