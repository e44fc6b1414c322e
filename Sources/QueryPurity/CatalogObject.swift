// The objects in PostgreSQL's catalogs that a query reaches.

/// An object, by the OID of its row in a catalog.
package struct CatalogObject: Hashable, Comparable, Sendable {
    /// Each with its letter in the queries of the catalogs.
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
