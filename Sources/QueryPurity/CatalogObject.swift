// The things in PostgreSQL's catalogs that a query reaches, and what is known of them.

/// A row of a catalog.
package struct CatalogObject: Hashable, Comparable, Sendable {
    /// Each by the letter that the catalog's queries have for it.
    package enum Kind: String, CaseIterable, Sendable {
        case function = "f"
        /// The analysed text of an SQL function whose body is a string; it has the function's OID.
        case functionBody = "b"
        case `operator` = "o"
        case relation = "r"
        case type = "t"
    }

    package let kind: Kind
    package let oid: UInt32

    package init(_ kind: Kind, _ oid: UInt32) {
        self.kind = kind
        self.oid = oid
    }

    package static func < (left: CatalogObject, right: CatalogObject) -> Bool {
        (left.kind.rawValue, left.oid) < (right.kind.rawValue, right.oid)
    }

    /// Whether initdb made it: see FirstNormalObjectId in transam.h.
    package var isPostgreSQLsOwn: Bool { oid < 16384 }
}

/// Something that a catalog says of an object.
package enum CatalogFact: Equatable, Sendable {
    case function(CatalogFunction)
    case relation(CatalogRelation)
    /// Evaluating the one evaluates the other.
    case reaches(CatalogObject)
    /// Evaluating it evaluates these expressions.
    case tree(TreeFacts)
    /// A table that has children, itself or one of those; new ones would count.
    case parent(UInt32)
    /// It can't be found out what it evaluates; not now, unless that is settled.
    case untold(String, isSettled: Bool)
}

/// A row of pg_proc, with what stands elsewhere.
package struct CatalogFunction: Equatable, Sendable {
    /// With its schema and quotes, without pg_catalog.
    package let name: String
    /// provolatile: `i`, `s` or `v`.
    package let volatility: String
    package let language: String
    /// Whether PostgreSQL or an extension brings it.
    package let isBrought: Bool
    /// prosrc: the C function's name, or the text of an SQL function whose body is a string.
    package let source: String
    /// proconfig: `search_path=public, pg_temp` and so on.
    package let settings: [String]
    /// Whether an SQL function's body is stored analysed.
    package let hasAnalysedBody: Bool
    /// prosecdef: it is executed as its owner.
    package let isSecurityDefiner: Bool
    /// Schemas that only one of its owner and the login may use, as far as its settings may name them; for a function
    /// that is executed as its owner.
    package let dividedSchemas: Set<String>
}

/// A row of pg_class, or of one of its descendants' if that is a foreign table.
package struct CatalogRelation: Equatable, Sendable {
    /// With its schema and quotes, without pg_catalog.
    package let name: String
    /// relkind.
    package let kind: String
}

extension CatalogFact {
    /// Reads a row of `CatalogQueries`: the object's letter and OID, what is said of it, and the values.
    ///
    /// - Returns: nil for a row that is none.
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
