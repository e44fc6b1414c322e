// The keys for which Postfix asks in whichever of its parameters a table stands.

extension [SearchOrder] {
    /// The keys that all these orders have, in an order that is that of each.
    ///
    /// - Parameters:
    ///   - key: the first key, as Postfix asks for it.
    ///   - count: of more keys than this, none but the first one is returned: work is bounded, however many labels a name has.
    package func sharedKeys(for key: Span<UInt8>, atMost count: Int) -> [[UInt8]] {
        var orders: [[[UInt8]]] = []
        for order in self {
            orders.append(order.keys(for: key).prefix(count + 1).map(\.bytes))
            if orders.last!.count > count { return [orders.last![0]] }
        }
        guard var shared = orders.popLast() else { return [] }
        for order in orders { shared = shared.common(with: order) }
        return shared
    }
}

extension [[UInt8]] {
    /// The keys that are in `other` too, behind those before them.
    fileprivate func common(with other: Self) -> Self {
        var rest = other[...]
        return filter { key in
            guard let index = rest.firstIndex(of: key) else { return false }
            rest = rest[(index + 1)...]
            return true
        }
    }
}
