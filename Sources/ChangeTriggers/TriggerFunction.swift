// The function that a relation's triggers call: its text, and what a text tells.

/// What the function tells of, and its text, which follows from that alone: no text that was changed by hand is taken for one
/// that was made here.
package struct TriggerFunction: Equatable, Sendable {
    /// By number.
    let columns: [NeededColumn]
    /// In the order of their names.
    let recipes: [KeyRecipe]

    init(columns: [NeededColumn], recipes: Set<KeyRecipe>) {
        self.columns = columns.ordered
        self.recipes = recipes.sorted { $0.name < $1.name }
    }

    /// A function that tells of all that several queries need of one relation.
    package init(telling needs: [RelationNeeds]) {
        self.init(
            columns: Array(Set(needs.flatMap(\.columns))), recipes: Set(needs.compactMap(\.recipe)))
    }

    /// A function that tells, beside what several queries need, all that the relation's triggers tell already and still can:
    /// others may need it, such as the maps of another relay.
    init(telling needs: [RelationNeeds], keeping relation: DependencyFacts.Relation?) {
        let own = TriggerFunction(telling: needs)
        let present = relation?.columns.filter { !$0.isVirtual }.map { NeededColumn($0) } ?? []
        let former = (relation?.triggers ?? []).filter(\.function.isPlain)
            .compactMap { TriggerFunction(source: $0.function.source) }
        let columns = Set(former.flatMap(\.columns)).intersection(present)
        // Only texts have keys. Another type may have come with the same name and number.
        let texts = Set(columns.filter { $0.comparison == .bytes }.map(\.number))
        let recipes = former.flatMap(\.recipes).filter { recipe in
            recipe.parts.allSatisfy { texts.contains($0.column) }
        }
        self.init(
            columns: Array(columns.union(own.columns)), recipes: Set(recipes).union(own.recipes))
    }

    /// What it tells beyond another one, in words; empty if there is nothing.
    func surplus(over other: TriggerFunction) -> [String] {
        let names = columns.filter { !other.columns.contains($0) }.map(\.name)
        let keys = recipes.filter { !other.recipes.contains($0) }.map { recipe in
            let texts = recipe.parts.map { part in
                let name = columns.first { $0.number == part.column }?.name ?? ""
                return part.isLower ? "lower(\(name))" : name
            }
            return "the key \(texts.joined(separator: " with "))"
        }
        return names + keys
    }

    /// Whether it tells all that a query needs of the relation.
    func tells(_ needs: RelationNeeds) -> Bool {
        Set(columns).isSuperset(of: needs.columns) && needs.recipe.map(recipes.contains) ?? true
    }

    /// Nil for a text that was not made here as it is.
    init?(source: String) {
        guard let line = source.split(separator: "\n", maxSplits: 1).first, line.hasPrefix(Self.head) else {
            return nil
        }
        var columns: [NeededColumn] = []
        var recipes: Set<KeyRecipe> = []
        for word in line.dropFirst(Self.head.count).split(separator: " ") {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            switch (parts.first, parts.count) {
            case ("column", 4):
                guard let number = Int16(parts[1]),
                    let comparison = NeededColumn.Comparison(rawValue: String(parts[2])),
                    let name = Self.decoded(parts[3])
                else { return nil }
                columns.append(NeededColumn(number: number, name: name, comparison: comparison))
            case ("key", 2):
                guard let recipe = KeyRecipe(name: parts[1]) else { return nil }
                recipes.insert(recipe)
            default: return nil
            }
        }
        let numbers = Set(columns.map(\.number))
        // Else it has no text.
        guard recipes.allSatisfy({ $0.parts.allSatisfy { numbers.contains($0.column) } }) else { return nil }
        self.init(columns: columns, recipes: recipes)
        guard self.source == source else { return nil }
    }

    // MARK: The first line

    /// The number is that of the text's form.
    private static let head = "-- mapmux 1"

    private var line: String {
        columns.reduce(Self.head) {
            "\($0) column:\($1.number):\($1.comparison.rawValue):\(Self.encoded($1.name))"
        } + recipes.map { " key:\($0.name)" }.joined()
    }

    /// Letters, digits and underscores as they are, other bytes as `%2F`.
    private static func encoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            if UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "_")
            {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    // MARK: The text

    /// More changed rows than these are told as a change for all keys.
    private static let greatestCount = 200

    /// prosrc. It names nothing but what is in pg_catalog, and the rows that the trigger is given. It has no backslash: that
    /// would depend on standard_conforming_strings. If anything fails, a column that has another name since, say, all is
    /// told to have changed: no statement of the table's users fails for mapmux's sake.
    ///
    /// EXCEPT ALL takes equal rows away from each other, so an UPDATE that changes none of the columns leaves none.
    package var source: String {
        let told = "\(ChangeNotice.version) ' || TG_RELID::pg_catalog.text"
        return """
            \(line)
            -- Made by `mapmux triggers`: see mapmux(8). It is compared with what mapmux would make, so have it made anew instead
            -- of changing it. It tells which rows have changed in the columns above by hashes of their keys.
            DECLARE
                told_count pg_catalog.int8 := \(Self.greatestCount + 1);
                told_keys pg_catalog.text;
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    \(count(ofTable: "mapmux_new"))
                ELSIF TG_OP = 'DELETE' THEN
                    \(count(ofTable: "mapmux_old"))
                ELSIF TG_OP = 'UPDATE' THEN
                    \(countOfDifference)
                END IF;
                IF told_count > 0 THEN
                    told_keys := '\(told)
                        || CASE WHEN told_count > \(Self.greatestCount) THEN ' all' ELSE pg_catalog.concat(told_keys) END;
                    IF pg_catalog.octet_length(told_keys) > \(ChangeNotice.longestPayload) THEN
                        told_keys := '\(told) || ' all';
                    END IF;
                    PERFORM pg_catalog.pg_notify('\(ChangeNotice.channel)', told_keys);
                END IF;
                RETURN NULL;
            EXCEPTION WHEN OTHERS THEN
                PERFORM pg_catalog.pg_notify('\(ChangeNotice.channel)', '\(told) || ' all');
                RETURN NULL;
            END

            """
    }

    /// - Parameter rows: the changed ones.
    private func count(of rows: String, with queries: String = "") -> String {
        """
        \(queries)SELECT pg_catalog.count(*), pg_catalog.string_agg(DISTINCT \(key), '')
                    INTO told_count, told_keys
                    FROM (\(rows) LIMIT \(Self.greatestCount + 1)) AS r;
        """
    }

    /// The rows of one table.
    private func count(ofTable table: String) -> String {
        count(of: "SELECT \(keyColumns.joined(separator: ", ")) FROM \(table) AS t")
    }

    /// The rows that are in only one of the tables.
    private var countOfDifference: String {
        let columns = valueColumns.joined(separator: ",\n                ")
        func query(_ name: String, _ table: String) -> String {
            """
            \(name) AS (
                        SELECT \(columns)
                        FROM \(table) AS t)
            """
        }
        return count(
            of: "(TABLE earlier EXCEPT ALL TABLE later) UNION ALL (TABLE later EXCEPT ALL TABLE earlier)",
            with: "WITH \(query("earlier", "mapmux_old")), \(query("later", "mapmux_new"))\n        ")
    }

    private var parts: [KeyRecipe.Part] {
        Set(recipes.flatMap(\.parts)).sorted {
            ($0.isLower ? 1 : 0, $0.column) < ($1.isLower ? 1 : 0, $1.column)
        }
    }

    /// What keys are made of.
    private var keyColumns: [String] {
        let texts = parts.map { part in
            let column = columns.first { $0.number == part.column }!
            return part.isLower
                ? "pg_catalog.lower(t.\(column.name.quoted)) AS l\(part.column)"
                : "t.\(column.name.quoted) AS c\(part.column)"
        }
        return texts.isEmpty ? ["1 AS n"] : texts
    }

    /// Keys and values, each to be compared by its bytes. lower() follows from its column, but must be made under the
    /// column's collation.
    private var valueColumns: [String] {
        let values = columns.map { column in
            switch column.comparison {
            case .plain: "t.\(column.name.quoted) AS c\(column.number)"
            case .bytes: "t.\(column.name.quoted) COLLATE \"C\" AS c\(column.number)"
            case .shown:
                "pg_catalog.format('%L', t.\(column.name.quoted)) COLLATE \"C\" AS c\(column.number)"
            }
        }
        let lower = parts.filter(\.isLower).map { part in
            let column = columns.first { $0.number == part.column }!
            return "pg_catalog.lower(t.\(column.name.quoted)) COLLATE \"C\" AS l\(part.column)"
        }
        return values.isEmpty ? ["1 AS n"] : values + lower
    }

    /// For one row its keys, each behind a blank; NULL if it has none. A key with NULL equals nothing.
    private var key: String {
        let keys = recipes.map { recipe in
            let texts = recipe.parts.map { part in
                "pg_catalog.convert_to(r.\(part.isLower ? "l" : "c")\(part.column), 'UTF8')"
            }
            return """
                ' \(recipe.name):' || pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(\
                \(texts.joined(separator: " || pg_catalog.decode('00', 'hex') || "))), 'hex'), 1, 16)
                """
        }
        return keys.isEmpty
            ? "NULL::pg_catalog.text" : "pg_catalog.concat(\(keys.joined(separator: ",\n            ")))"
    }
}

extension String {
    /// As an identifier, always in quotes.
    var quoted: String { "\"\(replacing("\"", with: "\"\""))\"" }
}
