// Which answers stay in a room, written from the description of S3-FIFO, with lists.

/// Records of 16 words, by the number of their key; what else belongs to one are so many bytes.
struct FIFOModel {
    struct Record {
        let key: Int
        var others: Int
        var hits = 0
        var isGone = false

        var bytes: Int { 16 * 8 + (isGone ? 0 : others) }
    }

    /// Found or not found: oldest first.
    struct Kind {
        var small: [Record] = []
        var main: [Record] = []
        var ghosts: [Int?] = []

        var bytes: Int { smallBytes + main.reduce(0) { $0 + $1.bytes } + ghosts.count * 8 }
        var smallBytes: Int { small.reduce(0) { $0 + $1.bytes } }
    }

    let limit: Int
    /// Found, and not found.
    var kinds = [Kind(), Kind()]
    var evicted = 0

    init(limit: Int) { self.limit = limit }

    /// Whether there is an answer, which has been asked for.
    mutating func find(_ key: Int) -> Bool {
        for kind in 0..<2 {
            if let place = kinds[kind].small.firstIndex(where: { $0.key == key && !$0.isGone }) {
                kinds[kind].small[place].hits = min(3, kinds[kind].small[place].hits + 1)
                return true
            }
            if let place = kinds[kind].main.firstIndex(where: { $0.key == key && !$0.isGone }) {
                kinds[kind].main[place].hits = min(3, kinds[kind].main[place].hits + 1)
                return true
            }
        }
        return false
    }

    mutating func keep(_ key: Int, kind: Int, others: Int) {
        if let place = kinds[kind].small.firstIndex(where: { $0.key == key && !$0.isGone }) {
            kinds[kind].small[place].others = others
            return makeRoom(0, kind)
        }
        if let place = kinds[kind].main.firstIndex(where: { $0.key == key && !$0.isGone }) {
            kinds[kind].main[place].others = others
            return makeRoom(0, kind)
        }
        let wasInMain = remove(key)
        var isKnown = wasInMain == true
        if let ghost = kinds[kind].ghosts.firstIndex(of: key) {
            kinds[kind].ghosts[ghost] = nil
            isKnown = true
        }
        let record = Record(key: key, others: others)
        makeRoom(record.bytes, kind)
        if isKnown { kinds[kind].main.append(record) } else { kinds[kind].small.append(record) }
    }

    /// - Returns: whether it was in the main queue; nil: it was nowhere.
    @discardableResult
    mutating func remove(_ key: Int) -> Bool? {
        for kind in 0..<2 {
            if let place = kinds[kind].small.firstIndex(where: { $0.key == key && !$0.isGone }) {
                kinds[kind].small[place].isGone = true
                return false
            }
            if let place = kinds[kind].main.firstIndex(where: { $0.key == key && !$0.isGone }) {
                kinds[kind].main[place].isGone = true
                return true
            }
        }
        return nil
    }

    private mutating func makeRoom(_ bytes: Int, _ kind: Int) {
        var moves = 1_024
        while true {
            let own = kinds[kind].bytes + bytes
            if kind == 1 && own > limit / 2 {
                evict(1, &moves)
            } else if own + kinds[1 - kind].bytes > limit {
                evict(own > limit / 2 ? kind : 1 - kind, &moves)
            } else {
                return
            }
        }
    }

    private mutating func evict(_ kind: Int, _ moves: inout Int) {
        let bytes = kinds[kind].smallBytes + kinds[kind].main.reduce(0) { $0 + $1.bytes }
        if !kinds[kind].small.isEmpty && kinds[kind].smallBytes * 10 >= bytes {
            var record = kinds[kind].small.removeFirst()
            if !record.isGone && record.hits >= 2 && moves > 0 {
                moves -= 1
                record.hits = 0
                kinds[kind].main.append(record)
            } else if !record.isGone {
                evicted += 1
                kinds[kind].ghosts.append(record.key)
            }
        } else {
            var record = kinds[kind].main.removeFirst()
            if !record.isGone && record.hits > 0 && moves > 0 {
                moves -= 1
                record.hits -= 1
                kinds[kind].main.append(record)
            } else if !record.isGone {
                evicted += 1
            }
        }
        while kinds[kind].ghosts.count > kinds[kind].main.count { kinds[kind].ghosts.removeFirst() }
    }
}
