// Which keys of a table are kept while hardly any comes again.

/// Keeping an answer costs a tenth of what asking for it does, for nothing if its key does not come again. A table for which
/// that is so has one in sixteen of its keys kept, always the same ones: how often those come again tells of all. What is
/// kept already stays, and is given.
struct KeySampling: BitwiseCopyable {
    /// So many answers are kept before it is seen how many were given meanwhile, while all keys are.
    static let window: UInt32 = 32_768
    /// With less than one hit for so many of them, keys hardly ever come again.
    private static let few: UInt32 = 64
    /// With one hit among so many answers to those keys that are kept while few are, they do.
    private static let enough: UInt32 = 32
    private static let shareBits: UInt32 = 4
    private static let mostDoublings: UInt32 = 4

    private(set) var isSparse = false
    private var kept: UInt32 = 0
    private var hits: UInt32 = 0
    /// How often in a row keys did not come again while all were kept. Each but the first doubles what must be seen before
    /// all are kept anew: too many for the room may be few enough while few are kept.
    private var failures: UInt32 = 0

    /// Whether an answer is to be kept.
    @inline(__always) func takes(_ hash: UInt32) -> Bool {
        // The bits of the hash itself say where in the room a key is.
        !isSparse || (hash &* 0x9E37_79B1) >> (32 - Self.shareBits) == 0
    }

    @inline(__always) mutating func noteHit(_ hash: UInt32) {
        if !takes(hash) { return }
        hits &+= 1
        if isSparse && hits >= sparseWindow / Self.enough { begin(isSparse: false) }
    }

    mutating func noteKept() {
        kept &+= 1
        if isSparse {
            if kept >= sparseWindow { begin(isSparse: true) }
        } else if kept >= Self.window {
            let isSparse = hits < Self.window / Self.few
            failures = isSparse ? failures + 1 : 0
            begin(isSparse: isSparse)
        }
    }

    private var sparseWindow: UInt32 {
        (Self.window >> Self.shareBits) << (min(failures, Self.mostDoublings + 1) - 1)
    }

    private mutating func begin(isSparse: Bool) {
        self.isSparse = isSparse
        kept = 0
        hits = 0
    }
}
