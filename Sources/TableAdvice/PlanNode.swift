// A plan as PostgreSQL's EXPLAIN writes it, read back.

/// A node of a plan, by the lines that `EXPLAIN (VERBOSE)` has for it, mostly with COSTS OFF. See ExplainNode() in explain.c.
package struct PlanNode: Equatable, Sendable {
    /// Such as `Seq Scan`, `Index Only Scan`, `Hash Join`.
    package let kind: String
    /// The relation, function or CTE that is scanned, as written: with its schema and quotes.
    package let relation: String?
    /// The relation's name in conditions.
    package let alias: String?
    /// Without a schema.
    package let index: String?
    /// Whether it belongs to an expression or a CTE of the node above it (`InitPlan 1`, `SubPlan 1`, `CTE x`), whose rows
    /// are not its own.
    package let isSubplan: Bool
    /// The cost until the last row, in PostgreSQL's units, and the number of rows expected; nil with COSTS OFF.
    package let cost: Double?
    package let rowCount: Double?
    /// The node's details by the name before the colon, such as `Filter`, `Index Cond`.
    package private(set) var details: [String: String] = [:]
    package private(set) var children: [PlanNode] = []

    package var filter: String? { details["Filter"] }
    package var indexCondition: String? { details["Index Cond"] }

    /// This node and all below it.
    package var all: [PlanNode] { [self] + children.flatMap(\.all) }

    /// Reads the lines of a plan. Lines of other kinds are left out.
    ///
    /// - Returns: nil if there is no node, as for a utility command.
    package init?(explained lines: [String]) {
        var open: [(indent: Int, node: PlanNode)] = []
        var isSubplan = false
        func close(downTo indent: Int) {
            while open.count > 1, open.last!.indent >= indent {
                let closed = open.removeLast().node
                open[open.count - 1].node.children.append(closed)
            }
        }
        for line in lines {
            let indent = line.utf8.prefix { $0 == UInt8(ascii: " ") }.count
            let text = line.dropFirst(indent)
            if text.hasPrefix("->  ") {
                guard !open.isEmpty else { return nil }
                close(downTo: indent)
                guard open.count < Self.greatestDepth else { return nil }
                open.append((indent, PlanNode(header: text.dropFirst(4), isSubplan: isSubplan)))
                isSubplan = false
            } else if open.isEmpty {
                open.append((-1, PlanNode(header: text, isSubplan: false)))
            } else if text.utf8.count > Self.longestDetail {
                continue
            } else if let colon = text.firstRange(of: ": ") {
                open[open.count - 1].node.details[String(text[..<colon.lowerBound])] =
                    String(text[colon.upperBound...])
            } else {
                // `SubPlan 1`, `CTE x`: the lines that follow belong to the node at this depth.
                close(downTo: indent)
                isSubplan = true
            }
        }
        close(downTo: 0)
        guard let root = open.first?.node, !root.kind.isEmpty else { return nil }
        self = root
    }

    /// Deeper than PostgreSQL nests a plan, but not too deep for recursion.
    private static let greatestDepth = 500
    /// In bytes: a longer condition is left out, as taking it apart takes the square of its length.
    private static let longestDetail = 16_384

    /// Reads a node's first line, such as `Index Scan using i on s.r a`.
    private init(header: Substring, isSubplan: Bool) {
        self.isSubplan = isSubplan
        let costs = header.firstRange(of: "  (cost=") ?? header.firstRange(of: "  (actual ")
        let words = Self.words(header[..<(costs?.lowerBound ?? header.endIndex)])
        // Such as `cost=0.42..8.44 rows=1 width=26`.
        let estimates = costs.map { header[$0.upperBound...].split(separator: " ") } ?? []
        cost = estimates.first?.firstRange(of: "..").flatMap { Double(estimates[0][$0.upperBound...]) }
        rowCount = estimates.dropFirst().first.flatMap { Double($0.dropFirst("rows=".count)) }
        let kind = words.prefix { $0 != "using" && $0 != "on" }
        self.kind = kind.joined(separator: " ")
        func word(after preposition: String) -> Int? {
            guard let place = words.firstIndex(of: preposition), place + 1 < words.count else { return nil }
            return place + 1
        }
        let named = word(after: "on")
        if self.kind.hasSuffix("Bitmap Index Scan") {
            index = named.map { words[$0] }
            relation = nil
            alias = nil
        } else {
            index = word(after: "using").map { words[$0] }
            relation = named.map { words[$0] }
            alias = named.map { $0 + 1 < words.count ? words[$0 + 1] : Self.unqualified(words[$0]) }
        }
    }

    /// The words of a line. A quoted identifier is one word.
    private static func words(_ line: Substring) -> [String] {
        var words = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" { isQuoted.toggle() }
            if character == " " && !isQuoted {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }

    /// A name without the schema before it.
    private static func unqualified(_ name: String) -> String {
        var isQuoted = false
        var start = name.startIndex
        for index in name.indices {
            if name[index] == "\"" { isQuoted.toggle() }
            if name[index] == "." && !isQuoted { start = name.index(after: index) }
        }
        return String(name[start...])
    }
}

extension PlanNode {
    /// The most children of a node that the summary names.
    private static let mostChildren = 4

    /// The plan on one line: `Limit → Index Scan using aliases_pkey on public.aliases`, or `Nested Loop (…, …)` if a node has
    /// several below it.
    package var summary: String {
        var text = kind
        if let index { text += kind.hasSuffix("Bitmap Index Scan") ? " on \(index)" : " using \(index)" }
        if let relation { text += " on \(relation)" }
        // These nodes only keep the rows from below.
        let shown = children.map { ["Hash", "Materialize"].contains($0.kind) ? $0.children.first ?? $0 : $0 }
        if shown.isEmpty { return text }
        if shown.count == 1 { return "\(text) → \(shown[0].summary)" }
        var parts = shown.prefix(Self.mostChildren).map(\.summary)
        if shown.count > parts.count { parts.append("and \(shown.count - parts.count) more") }
        return "\(text) (\(parts.joined(separator: ", ")))"
    }
}
