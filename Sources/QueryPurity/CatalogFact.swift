// Facts of PostgreSQL's catalogs on the objects that a query reaches.

/// A fact of a catalog on an object.
package enum CatalogFact: Equatable, Sendable {
    case function(CatalogFunction)
    case relation(CatalogRelation)
    /// Evaluating the object evaluates this one.
    case reaches(CatalogObject)
    /// Evaluating the object evaluates these expressions.
    case tree(TreeFacts)
    /// The object itself or one of its descendants, a table that has children: a new child would count.
    case parent(UInt32)
    /// It can't be found out what the object evaluates: never if that is settled, else not now.
    case untold(String, isSettled: Bool)
}

/// A row of pg_class, or of one of its descendants' if that is a foreign table.
package struct CatalogRelation: Equatable, Sendable {
    /// With its schema and quotes, without pg_catalog.
    package let name: String
    /// relkind.
    package let kind: String
}

extension CatalogFact {
    /// Reads a row of `CatalogQueries`: the object's letter and OID, the kind of fact, and its values.
    ///
    /// - Returns: nil for a row of another form.
    package static func read(_ row: [String]) -> (of: CatalogObject, fact: CatalogFact)? {
        guard row.count >= 3, let object = object(row[0], row[1]) else { return nil }
        let values = Array(row[3...])
        let fact: CatalogFact? =
            switch (row[2], values.count) {
            case ("function", 9):
                .function(
                    CatalogFunction(
                        name: values[0], volatility: values[1], language: values[2],
                        isBrought: values[3] == "true", source: values[4],
                        settings: values[5].split(separator: "\n").map(String.init),
                        hasAnalysedBody: values[6] == "true", isSecurityDefiner: values[7] == "true",
                        dividedSchemas: Set(values[8].split(separator: "\n").map(String.init))))
            case ("relation", 2): .relation(CatalogRelation(name: values[0], kind: values[1]))
            case ("reaches", 2): Self.object(values[0], values[1]).map { .reaches($0) }
            case ("tree", 1): .tree(TreeFacts(values[0]))
            case ("parent", 1): UInt32(values[0]).map { .parent($0) }
            default: nil
            }
        return fact.map { (object, $0) }
    }

    private static func object(_ kind: String, _ oid: String) -> CatalogObject? {
        guard let kind = CatalogObject.Kind(rawValue: kind), let oid = UInt32(oid) else { return nil }
        return CatalogObject(kind, oid)
    }
}
