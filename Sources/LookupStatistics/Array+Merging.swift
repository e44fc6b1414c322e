// Merging lists whose elements have an identity.

extension Array {
    /// Merges each element of `others` into the one with the same identity, or appends it.
    mutating func merge<Identity: Equatable>(
        _ others: [Element], by identity: (Element) -> Identity, _ combine: (inout Element, Element) -> Void
    ) {
        for other in others {
            let name = identity(other)
            if let index = firstIndex(where: { identity($0) == name }) {
                combine(&self[index], other)
            } else {
                append(other)
            }
        }
    }
}
