// From what a query uses and what the catalogs say of it to what triggers must tell.

package import AnswerCache

extension QueryDependencies {
    /// What must be told for the query, if it can be.
    package enum Resolution: Equatable, Sendable {
        case needs([RelationNeeds], key: NotifiedKey?)
        /// - Parameter reason: in words, on one line.
        case untellable(reason: String)
    }

    /// The collations that count for keys.
    package var collations: Set<UInt32> {
        relations.values.reduce(into: []) { all, use in
            for comparison in use.comparisons.joined() { all.formUnion(comparison.collations) }
        }
    }

    /// - Parameters:
    ///   - facts: of everything that the query reaches, with no other query's functions.
    ///   - sameTexts: for each of the query's parameters the first one with the same text.
    ///   - takesKeys: whether keys are sent in UTF-8.
    package func resolve(_ facts: DependencyFacts, sameTexts: [Int], takesKeys: Bool) -> Resolution {
        if let untellable { return .untellable(reason: untellable) }
        // The shortest one, whatever the order in which a server has told them.
        let unsteady = facts.unsteadyFunctions.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        if let reason = unsteady ?? facts.unsteadiness(ofTypes: types, read: readTypes) {
            return .untellable(reason: reason)
        }
        var members: [UInt32: [String]] = [:]
        for (oid, use) in relations.sorted(by: { $0.key < $1.key }) {
            for member in facts.family(of: oid) {
                if let reason = facts.reasonAgainst(member) { return .untellable(reason: reason) }
            }
            switch facts.names(of: use.columns, in: oid) {
            case .success(let names): members[oid] = names
            case .failure(let reason): return .untellable(reason: reason.text)
            }
        }
        let usesKeys = takesKeys && facts.isUTF8
        var parts: [UInt32: [Int: KeyRecipe.Part]] = [:]
        if usesKeys {
            for (oid, use) in relations { parts[oid] = Self.parts(of: use, facts, sameTexts) }
        }
        // As many texts as possible: then a change of a row counts for few keys.
        let key = parts.values.map { $0.keys.sorted() }.filter { !$0.isEmpty }
            .min { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count }
        var needs = Needs()
        for (oid, names) in members.sorted(by: { $0.key < $1.key }) {
            let own = parts[oid] ?? [:]
            let found: [KeyRecipe.Part] = (key ?? []).compactMap { own[$0] }
            let chosen = key != nil && found.count == key?.count ? found : nil
            for member in facts.family(of: oid).sorted() {
                if let reason = needs.add(member, of: oid, names, chosen, facts) {
                    return .untellable(reason: reason)
                }
            }
        }
        let isKeyed = needs.list.contains { $0.recipe != nil }
        return .needs(needs.list, key: isKeyed ? key.map { NotifiedKey(parameters: $0) } : nil)
    }

    /// The columns that are compared with parameters wherever the relation stands, by parameter.
    private static func parts(
        of use: RelationUse, _ facts: DependencyFacts, _ sameTexts: [Int]
    ) -> [Int: KeyRecipe.Part] {
        let places = use.comparisons.map { comparisons in
            Set(
                comparisons.filter {
                    $0.collations.isSubset(of: facts.deterministicCollations)
                        && sameTexts.indices.contains($0.parameter)
                }
                .map { Compared(part: $0.part, parameter: sameTexts[$0.parameter]) })
        }
        let common = places.dropFirst().reduce(places.first ?? []) { $0.intersection($1) }
        var parts: [Int: KeyRecipe.Part] = [:]
        for compared in common {
            let known = parts[compared.parameter]
            if known.map({ compared.part < $0 }) ?? true { parts[compared.parameter] = compared.part }
        }
        return parts
    }

    private struct Compared: Hashable {
        let part: KeyRecipe.Part
        let parameter: Int
    }
}

extension KeyRecipe.Part {
    fileprivate static func < (left: Self, right: Self) -> Bool {
        (left.isLower ? 1 : 0, left.column) < (right.isLower ? 1 : 0, right.column)
    }
}

/// The needs of relations, each once: a partition may belong to several that the query reads.
private struct Needs {
    private(set) var list: [RelationNeeds] = []

    /// - Parameters:
    ///   - member: the relation, a partition, parent or child of it.
    ///   - names: of the relation's columns.
    ///   - parts: by which a key is told; columns of the relation.
    /// - Returns: why a change can't be told; nil if it can.
    mutating func add(
        _ member: UInt32, of relation: UInt32, _ names: [String], _ parts: [KeyRecipe.Part]?,
        _ facts: DependencyFacts
    ) -> String? {
        guard let found = facts.relations[member], let origin = facts.relations[relation] else {
            return "a table is gone that it reads"
        }
        var columns: [NeededColumn] = []
        for name in names {
            guard let column = found.columns.first(where: { $0.name == name }), !column.isVirtual else {
                return "\(found.shown), to which \(origin.shown) belongs, has no column \(name)"
            }
            columns.append(NeededColumn(column))
        }
        // By name: the numbers of a partition's columns may be others.
        let own = parts?.compactMap { part -> KeyRecipe.Part? in
            guard let column = origin.columns.first(where: { $0.number == part.column }),
                let same = found.columns.first(where: { $0.name == column.name }), !column.isVirtual,
                !same.isVirtual, same.type == column.type, same.collation == column.collation,
                NeededColumn(same).comparison == .bytes
            else { return nil }
            return KeyRecipe.Part(column: same.number, isLower: part.isLower)
        }
        let recipe = own.flatMap { $0.isEmpty || $0.count != parts?.count ? nil : KeyRecipe(parts: $0) }
        if let index = list.firstIndex(where: { $0.relation == member }) {
            let known = list[index]
            columns = Array(Set(known.columns).union(columns))
            list[index] = RelationNeeds(
                relation: member, schema: found.schema, name: found.name, columns: columns.ordered,
                recipe: known.recipe == recipe ? recipe : nil)
        } else {
            list.append(
                RelationNeeds(
                    relation: member, schema: found.schema, name: found.name, columns: columns.ordered,
                    recipe: recipe))
        }
        return nil
    }
}

extension [NeededColumn] {
    var ordered: [NeededColumn] { sorted { $0.number < $1.number } }
}

extension NeededColumn {
    /// By PostgreSQL's own types whose equality is exact: bool, "char", int8, int2, int4, oid, bytea, date, timestamp,
    /// timestamptz, uuid.
    private static let plain: Set<UInt32> = [16, 17, 18, 20, 21, 23, 26, 1082, 1114, 1184, 2950]
    /// text, varchar.
    private static let texts: Set<UInt32> = [25, 1043]

    init(_ column: DependencyFacts.Column) {
        self.init(
            number: column.number, name: column.name,
            comparison: Self.plain.contains(column.type)
                ? .plain : Self.texts.contains(column.type) ? .bytes : .shown)
    }
}
