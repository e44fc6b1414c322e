// Whether a table's statement for many keys has a plan for each key that is as good as its statement for one key has.

/// The plans of both statements as they would run, by `EXPLAIN (VERBOSE)`.
///
/// In the statement for many, keys are values that the planner does not know: a pattern, or a constant that turns a part of
/// the query off, is none there. Alone, PostgreSQL may plan for the key itself.
///
/// Costs of different reads are compared, and nothing else: the planner expects more rows of an unknown key than of one that
/// it does not find among the frequent ones, and the same read costs more on paper only.
package struct PlanComparison: Sendable {
    /// plan_cache_mode: how PostgreSQL chooses between a plan for a key and one for any key.
    package enum CacheMode: String, Sendable {
        case auto
        case forceCustom = "force_custom_plan"
        case forceGeneric = "force_generic_plan"
    }

    package enum Verdict: Equatable, Sendable {
        /// For each key the plan is about as good as the single one's, or that can't be told.
        case isWorthIt
        /// For each key it reads all of a relation, or of an index of it, as the single one's does not.
        case readsAll(of: String)
        /// For each key it reads in other ways, which cost more. In PostgreSQL's units.
        case costsMore(many: Double, single: Double)
    }

    private let single: PlanNode
    private let many: PlanNode

    /// How much more a key may cost in any case. A unit is the reading of a page in sequence (seq_page_cost), which has taken
    /// some 5 µs with all in memory: 13 ms for 2,387. Ten of them are about what a statement of its own takes besides its plan.
    private static let tolerance = 10.0
    /// How many times as much it may cost where that depends on how many rows are expected. Such guesses are often wrong by as
    /// much.
    private static let factor = 10.0
    /// What PostgreSQL adds for planning each time, for each relation and once more, by default: see
    /// cached_plan_cost() in plancache.c.
    private static let planningCost = 2.5

    /// - Parameters:
    ///   - custom: the single statement's plan for a key like most; nil where none can be told.
    ///   - generic: its plan for any key.
    ///   - many: the plan of the statement for many, whose keys are the function scan `mapmux_keys`.
    package init(custom: PlanNode?, generic: PlanNode, many: PlanNode, mode: CacheMode) {
        self.many = many
        guard let custom, mode != .forceGeneric, custom.relations.isSuperset(of: generic.relations) else {
            // Where a relation is left out of the plan for a key, it is another key's turn to need it.
            single = generic
            return
        }
        guard mode == .auto, let once = generic.cost, let each = custom.cost else {
            single = custom
            return
        }
        let planning = Self.planningCost * Double(custom.reads.count + 1)
        single = once < each + planning ? generic : custom
    }

    package var verdict: Verdict {
        guard let each = costOfEach, let alone = single.cost, each > alone + Self.tolerance else {
            return .isWorthIt
        }
        let (known, reads) = (single.reads, many.reads)
        let others = reads.filter { read in !known.contains { $0.isLike(read) } }
        let readWhole = Set(known.filter(\.isWhole).map(\.relation))
        let whole = others.filter {
            $0.isWhole && $0.cost > Self.tolerance && !readWhole.contains($0.relation)
        }
        if let relation = whole.map(\.relation).min() { return .readsAll(of: relation) }
        return others.isEmpty || each <= Self.factor * alone
            ? .isWorthIt : .costsMore(many: each, single: alone)
    }

    /// What the statement for many costs for each key that the planner expects.
    private var costOfEach: Double? {
        guard let keys = many.all.first(where: { $0.alias == "mapmux_keys" }), let count = keys.rowCount,
            let cost = many.cost, count > 0
        else { return nil }
        return cost / count
    }
}

/// One of the ways in which a plan reads a relation.
private struct Read {
    let relation: String
    let index: String?
    /// How many conditions narrow the index down.
    let conditions: Int
    let cost: Double

    var isWhole: Bool { conditions == 0 }

    /// Whether the other one is the same, at least as narrow.
    func isLike(_ other: Read) -> Bool {
        relation == other.relation && index == other.index && conditions <= other.conditions
    }
}

extension PlanNode {
    fileprivate var relations: Set<String> { Set(reads.map(\.relation)) }

    fileprivate var reads: [Read] { all.flatMap(\.ownReads) }

    private var ownReads: [Read] {
        guard let relation else { return [] }
        func read(by index: String?, _ condition: String?) -> Read {
            let conditions = condition.map { PlanCondition.conjuncts(of: $0).count } ?? 0
            return Read(relation: relation, index: index, conditions: conditions, cost: cost ?? 0)
        }
        if kind.hasSuffix("Seq Scan") { return [read(by: nil, nil)] }
        if kind.hasSuffix("Bitmap Heap Scan") {
            return all.filter { $0.kind.hasSuffix("Bitmap Index Scan") }
                .map { read(by: $0.index, $0.indexCondition) }
        }
        return index == nil ? [] : [read(by: index, indexCondition)]
    }
}
