// Circles in a graph.

/// The groups of nodes of which each reaches all others, and that are more than one.
///
/// - Parameter edges: to which others each node leads.
func circles(in edges: [String: Set<String>]) -> [[String]] {
    func reached(from start: String) -> Set<String> {
        var reached: Set<String> = []
        var left = [start]
        while let node = left.popLast() {
            for next in edges[node] ?? [] where reached.insert(next).inserted { left.append(next) }
        }
        return reached
    }
    let reach = Dictionary(uniqueKeysWithValues: edges.keys.map { ($0, reached(from: $0)) })
    var groups: Set<[String]> = []
    for (node, others) in reach where others.contains(node) {
        groups.insert(others.filter { reach[$0]?.contains(node) ?? false }.sorted())
    }
    return groups.filter { $0.count > 1 }.sorted { $0.lexicographicallyPrecedes($1) }
}
