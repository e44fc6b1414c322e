// Decides whether a query is pure, from the facts of all objects that it reaches.

package struct CatalogGraph: Sendable {
    private var facts: [CatalogObject: [CatalogFact]] = [:]

    package init() {}

    /// The result of a walk from a query.
    package enum Step: Equatable {
        /// The facts of these objects must be learned first.
        case unknown(Set<CatalogObject>)
        case found(PurityFinding)
    }

    /// The most objects that a query may reach: with more, its purity is not found out.
    private static let greatestCount = 10_000

    /// Notes that the facts of these objects have been asked for. A fact that is then not `learn`ed is no fact.
    package mutating func note(_ objects: Set<CatalogObject>) {
        for object in objects where facts[object] == nil { facts[object] = [] }
    }

    package mutating func learn(_ fact: CatalogFact, of object: CatalogObject) {
        facts[object, default: []].append(fact)
    }

    /// Goes from a query to all objects that it reaches.
    ///
    /// - Parameters:
    ///   - tree: the query's.
    ///   - mentions: of its text.
    package func walk(from tree: TreeFacts, mentions: SchemaWatch) -> Step {
        var watch = mentions
        var open = tree.reached.map { Visit(object: $0, surroundings: Surroundings()) }
        var seen = Set(open)
        var unknown: Set<CatalogObject> = []
        var impurities = Self.impurities(of: tree)
        var isSettled = true
        while let visit = open.popLast() {
            let object = visit.object
            watch.insert(object)
            guard let facts = facts[object] else {
                unknown.insert(object)
                continue
            }
            if facts.isEmpty { impurities.append(Impurity(untold: "something is gone that it reaches")) }
            for fact in facts {
                var reached: Set<CatalogObject> = []
                let below = visit.surroundings.inside(facts)
                switch fact {
                case .reaches(let other): reached = [other]
                case .tree(let tree):
                    reached = tree.reached
                    impurities += Self.impurities(of: tree)
                case .parent(let oid): watch.insert(parent: oid)
                case .relation(let relation):
                    if relation.kind == "f" {
                        impurities.append(Impurity("\(relation.name) is a foreign table"))
                    }
                case .function(let function):
                    if let impurity = function.impurity {
                        impurities.append(Impurity(impurity))
                    } else if let doubt = function.doubt(in: visit.surroundings) {
                        impurities.append(Impurity(doubt))
                    } else if function.isTextual {
                        reached = [CatalogObject(.functionBody, object.oid)]
                    }
                    if function.isTextual { watch.insert(textOf: function) }
                case .untold(let reason, let told):
                    impurities.append(Impurity(untold: reason))
                    isSettled = isSettled && told
                }
                for other in reached where !(other.kind == .type && other.isPostgreSQLsOwn) {
                    let next = Visit(object: other, surroundings: below)
                    if seen.insert(next).inserted { open.append(next) }
                }
            }
        }
        guard seen.count <= Self.greatestCount else {
            return .found(.untold("it reaches more than \(Self.greatestCount) objects", watch: watch))
        }
        if !watch.isComplete { impurities.append(Impurity(untold: "a text can't be taken apart")) }
        // Even if it is impure already: the reason and the watch must not depend on what else has been asked for.
        if !unknown.isEmpty { return .unknown(unknown) }
        guard let reason = impurities.min(by: { $0 < $1 }) else {
            return .found(PurityFinding(purity: .pure, watch: watch))
        }
        return .found(
            PurityFinding(
                purity: .impure(reason: reason.text), isSettled: isSettled || reason.isKnown, watch: watch))
    }

    private static func impurities(of tree: TreeFacts) -> [Impurity] {
        if let impurity = tree.impurity { return [Impurity(impurity)] }
        return tree.unknownNode.map { [Impurity(untold: "\($0) is a node of an unknown kind")] } ?? []
    }
}

/// An object that a query reaches, and where.
private struct Visit: Hashable {
    let object: CatalogObject
    let surroundings: Surroundings
}

extension Surroundings {
    /// The surroundings inside an object.
    fileprivate func inside(_ facts: [CatalogFact]) -> Surroundings {
        var inside = self
        for case .function(let function) in facts {
            if function.path != nil { inside.hasOtherPath = true }
            if function.isSecurityDefiner { inside.hasOtherRole = true }
        }
        return inside
    }
}

/// Why a query is not pure, in words.
private struct Impurity: Comparable {
    let text: String
    /// Whether it is known; else it could not be told.
    let isKnown: Bool

    init(_ text: String) {
        self.text = text
        isKnown = true
    }

    init(untold reason: some StringProtocol) {
        text = "it could not be told: \(reason.prefix(200))"
        isKnown = false
    }

    /// The reason to be printed comes first: a known one before others, a short one before longer ones. The choice must not
    /// depend on the order of a set.
    static func < (left: Impurity, right: Impurity) -> Bool {
        if left.isKnown != right.isKnown { return left.isKnown }
        return (left.text.utf8.count, left.text) < (right.text.utf8.count, right.text)
    }
}
