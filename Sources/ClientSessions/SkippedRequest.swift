// The rest of a request that is too long to be kept: read, and not looked at.

internal import LookupProtocols

/// What is still to come of a request that is answered already.
struct SkippedRequest {
    private enum Shape {
        /// So many bytes, of which the last is a comma.
        case netstring(left: Int)
        /// An attribute list, of which so many bytes may come.
        case list(AttributeListEnd, left: Int)
    }

    private var shape: Shape

    /// - Parameter count: how many bytes there are, the comma among them.
    init(netstring count: Int) {
        shape = .netstring(left: count)
    }

    /// An attribute list from its beginning on.
    init(listOfAtMost count: Int) {
        shape = .list(AttributeListEnd(), left: count)
    }

    /// What came of some bytes.
    enum Skipping: Equatable {
        /// All of them are of the request, which goes on.
        case goesOn
        /// It is over: the next one begins here.
        case ended(at: Int)
        /// It ends in something else, or not soon enough.
        case violation
    }

    mutating func skip(_ bytes: Span<UInt8>) -> Skipping {
        switch shape {
        case .netstring(let left):
            if bytes.count < left {
                shape = .netstring(left: left - bytes.count)
                return .goesOn
            }
            return bytes[left - 1] == UInt8(ascii: ",") ? .ended(at: left) : .violation
        case .list(var end, let left):
            if let index = end.find(in: bytes, from: 0) {
                return index <= left ? .ended(at: index) : .violation
            }
            shape = .list(end, left: left - bytes.count)
            return bytes.count < left ? .goesOn : .violation
        }
    }
}
