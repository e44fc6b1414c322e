// Whether a query can be asked for many keys at once on a connection: decided here for serving and for `mapmux check`.

package import LookupTables
package import PostgreSQL

extension Connection {
    /// Whether there can be a statement for many keys for any query. Under some encodings, a backslash that is put before a
    /// byte could be taken for a part of a character.
    package var takesManyKeys: Bool { hasASCIIApart }

    /// The statement for many keys of a query; nil if it has none on this connection.
    ///
    /// - Parameter arrayTypes: of the query's parameters, from `QueryTemplate.arrayTypesSQL`.
    package func arraySQL(of template: QueryTemplate, arrayTypes: [String]) -> String? {
        takesManyKeys ? template.arraySQL(arrayTypes: arrayTypes) : nil
    }
}
