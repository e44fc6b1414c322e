// Whether the plan of a table's array statement is as good for each key as the plan of its statement for one.

/// The plans of both statements as they would run, by `EXPLAIN (VERBOSE)`.
///
/// In the array statement, the planner does not know their values, so it can't use one that is a pattern, or that
/// turns a part of the query off. In the statement for one, PostgreSQL may plan for the key itself.
///
/// Only costs of different reads are compared. The planner expects more rows for an unknown key than for one that is not
/// among the frequent values, so the same read costs more on paper only.
package struct PlanComparison: Sendable {
    /// plan_cache_mode: how PostgreSQL chooses between a plan for a key and one for any key.
    package enum CacheMode: String, Sendable {
        case auto
        case forceCustom = "force_custom_plan"
        case forceGeneric = "force_generic_plan"
    }

    package enum Verdict: Equatable, Sendable {
        /// For each key the plan is about as good as that of the single statement, or that can't be told.
        case isWorthIt
        /// For each key it reads all of a relation, or of an index of it, which the single statement does not.
        case readsAll(of: String)
        /// For each key it reads in other ways, which cost more. In PostgreSQL's units.
        case costsMore(many: Double, single: Double)
    }

    private let single: PlanNode
    private let many: PlanNode

    /// How much more a key may cost in any case. A unit is the reading of a page in sequence (seq_page_cost), measured at some
    /// 5 µs with all in memory: 13 ms for 2,387. Ten units are about what a statement of its own takes besides its plan.
    private static let tolerance = 10.0
    /// How many times as much it may cost if that depends on the number of rows expected. Such guesses are often wrong by that
    /// factor.
    private static let factor = 10.0
    /// The cost that PostgreSQL adds for planning each time, for each relation and once more, by default: see
    /// cached_plan_cost() in plancache.c.
    private static let planningCost = 2.5

    /// - Parameters:
    ///   - custom: the single statement's plan for a usual key; nil if there is none.
    ///   - generic: its plan for any key.
    ///   - many: the plan of the array statement, whose keys are the function scan `mapmux_keys`.
    package init(custom: PlanNode?, generic: PlanNode, many: PlanNode, mode: CacheMode) {
        self.many = many
        guard let custom, mode != .forceGeneric, custom.relations.isSuperset(of: generic.relations) else {
            // A relation that the plan for this key leaves out may be needed for another key.
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

    /// The cost of the array statement, for each of the keys that the planner expects.
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

    /// Whether the other one is the same, and at least as narrow.
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
