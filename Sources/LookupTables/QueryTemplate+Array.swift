// `query` for many keys at once: one statement that takes arrays of parameters, and says which row is whose.

internal import LookupValues

extension QueryTemplate {
    /// The query for the array types, of elements of any length, of a prepared statement's parameters, in their order, as
    /// `arraySQL` takes them. A type without an array type, or whose arrays are not written with commas, is left out.
    ///
    /// - Parameter name: the statement's, of letters, digits and underscores.
    package static func arrayTypesSQL(ofStatement name: String) -> String {
        """
        SELECT pg_catalog.format_type(t.typarray, -1) \
        FROM pg_catalog.pg_prepared_statements AS s, \
        pg_catalog.unnest(s.parameter_types) WITH ORDINALITY AS p (type, place), pg_catalog.pg_type AS t \
        WHERE s.name = '\(name)' AND t.oid = p.type AND t.typarray <> 0 AND t.typdelim = ',' ORDER BY p.place
        """
    }

    /// The query for the types of a prepared statement's parameters, in their order, by their names in SQL.
    ///
    /// - Parameter name: the statement's, of letters, digits and underscores.
    package static func typesSQL(ofStatement name: String) -> String {
        """
        SELECT pg_catalog.format_type(p.type, NULL) FROM pg_catalog.pg_prepared_statements AS s, \
        pg_catalog.unnest(s.parameter_types) WITH ORDINALITY AS p (type, place) \
        WHERE s.name = '\(name)' ORDER BY p.place
        """
    }

    /// The statement whose parameters are arrays, with an element for each key. Its first column is the key's place,
    /// counted from 1; the others are the query's own. A key without rows has none, and the rows come by place.
    ///
    /// The query stands in it as it is, with columns of the parameters' own types in their places, and OFFSET 0 keeps
    /// PostgreSQL from joining it in any other way than one key after the other: each has the plan, and the order of its
    /// rows, that the query has on its own with parameters of unknown value. A query that could mean something else there,
    /// such as an aggregate of nothing but the key or a LIMIT by it, is an error when it is prepared.
    ///
    /// - Parameter arrayTypes: of each parameter, from `arrayTypesSQL`.
    /// - Returns: nil if the query can't stand there.
    package func arraySQL(arrayTypes: [String]) -> String? {
        guard isSelection, parameterCount > 0, arrayTypes.count == parameterCount else { return nil }
        // No name in the query may be one that is added here.
        guard !pieces.contains(where: { $0.lowercased().contains("mapmux_") }) else { return nil }
        let places = 1...parameterCount
        let arrays = zip(places, arrayTypes).map { "pg_catalog.unnest($\($0)::\($1))" }
        let columns = places.map { "mapmux_p\($0)" }
        var sql =
            "SELECT mapmux_keys.mapmux_place, mapmux_rows.* FROM ROWS FROM (\(arrays.joined(separator: ", ")))"
        sql += " WITH ORDINALITY AS mapmux_keys (\(columns.joined(separator: ", ")), mapmux_place),"
        sql += " LATERAL (SELECT * FROM (\(pieces[0])"
        for (column, piece) in zip(columns, pieces.dropFirst()) { sql += "mapmux_keys.\(column)\(piece)" }
        // The query may end with a comment.
        return sql + "\n) AS mapmux_query OFFSET 0) AS mapmux_rows"
    }

    /// Appends the value of a parameter of the array statement: an array as array_in() takes it, whose elements
    /// `appendParameter` makes, one for each key.
    ///
    /// - Parameter forEachKey: hands over each key.
    package func appendArray(
        _ index: Int, into output: inout [UInt8], forEachKey: ((Span<UInt8>) -> Void) -> Void
    ) {
        let parameter = parameters[index]
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        forEachKey { key in
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(UInt8(ascii: "\""))
            let start = output.count
            parameter.expand(value: key, key: key, into: &output) { $1.append($0) }
            // Hardly ever true.
            let hasSpecial = output.span.extracting(start...)
                .contains(UInt8(ascii: "\""), or: UInt8(ascii: "\\"))
            if hasSpecial { escapeElement(from: start, in: &output) }
            output.append(UInt8(ascii: "\""))
        }
        output.append(UInt8(ascii: "}"))
    }
}

/// Puts a backslash before every quote and backslash from a place to the end.
private func escapeElement(from start: Int, in output: inout [UInt8]) {
    let rest = Array(output[start...])
    output.removeLast(rest.count)
    for byte in rest {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
        output.append(byte)
    }
}
