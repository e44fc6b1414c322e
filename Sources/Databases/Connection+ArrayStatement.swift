// Whether a query can have an array statement on a connection: for serving and for `mapmux check`.

package import LookupTables
package import PostgreSQL

extension Connection {
    /// Whether any query can have an array statement. Under some encodings, a backslash put before a byte
    /// could be taken for a part of a character.
    package var takesManyKeys: Bool { hasASCIIApart }

    /// A query's array statement; nil if it has none on this connection.
    ///
    /// - Parameter arrayTypes: of the query's parameters, from `QueryTemplate.arrayTypesSQL`.
    package func arraySQL(of template: QueryTemplate, arrayTypes: [String]) -> String? {
        takesManyKeys ? template.arraySQL(arrayTypes: arrayTypes) : nil
    }
}
