// The rest of a request that is too long to be kept: its bytes are read and ignored.

internal import LookupProtocols

/// What is still to come of a request that is answered already.
struct SkippedRequest {
    private enum Shape {
        /// So many bytes are left; the last one is a comma.
        case netstring(left: Int)
        /// An attribute list, of which at most so many bytes are left.
        case list(AttributeListEnd, left: Int)
    }

    private var shape: Shape

    /// - Parameter count: how many bytes are left, including the comma.
    init(netstring count: Int) {
        shape = .netstring(left: count)
    }

    /// An attribute list from its beginning on.
    init(listOfAtMost count: Int) {
        shape = .list(AttributeListEnd(), left: count)
    }

    /// The result of skipping some bytes.
    enum Skipping: Equatable {
        /// All of them belong to the request, which goes on.
        case goesOn
        /// The request ends: the next one begins here.
        case ended(at: Int)
        /// The request ends wrongly, or not soon enough.
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
