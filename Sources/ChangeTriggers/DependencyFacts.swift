// What PostgreSQL's catalogs say of the relations, types and functions that queries use.

package struct DependencyFacts: Equatable, Sendable {
    struct Relation: Equatable {
        let schema: String
        let name: String
        /// relkind.
        let kind: String
        let isTemporary: Bool
        let hasRowSecurity: Bool
        /// Whether logical replication writes it.
        let isSubscribed: Bool
        var columns: [Column] = []
        var triggers: [FoundTrigger] = []
    }

    struct Column: Equatable {
        let number: Int16
        let name: String
        let type: UInt32
        let collation: UInt32
        /// Generated when it is read.
        let isVirtual: Bool
    }

    struct DataType: Equatable {
        let name: String
        /// The C functions that read it from text and write it as text, and whether they are immutable.
        let input: (name: String, isImmutable: Bool)
        let output: (name: String, isImmutable: Bool)
        /// Whether it belongs to PostgreSQL or an extension, or is a domain, an enumeration or an array.
        let isKnown: Bool
        /// The type of a domain's values, or of an array's elements.
        let parts: [UInt32]

        static func == (left: DataType, right: DataType) -> Bool {
            left.name == right.name && left.input == right.input && left.output == right.output
                && left.isKnown == right.isKnown && left.parts == right.parts
        }
    }

    /// server_encoding is UTF8.
    private(set) var isUTF8 = false
    private(set) var relations: [UInt32: Relation] = [:]
    private(set) var parents: [UInt32: Set<UInt32>] = [:]
    private(set) var children: [UInt32: Set<UInt32>] = [:]
    private(set) var types: [UInt32: DataType] = [:]
    private(set) var deterministicCollations: Set<UInt32> = []
    /// Why a query's answers may change though no row does, by function, in words.
    private(set) var unsteadyFunctions: [String] = []

    package init() {}

    /// The functions of the triggers that were found.
    package var triggerFunctions: Set<UInt32> {
        Set(relations.values.flatMap { $0.triggers.map(\.function.oid) })
    }

    /// The relations that were asked for, with their partitions, parents and children.
    package var family: Set<UInt32> { Set(relations.keys) }

    /// Takes a row of `DependencyQueries`. One of another form is ignored: it is then not known what it says.
    package mutating func learn(_ row: [String]) {
        let values = Array(row.dropFirst())
        switch (row.first, values.count) {
        case ("encoding", 1): isUTF8 = values[0] == "UTF8"
        case ("function", 6): learnFunction(values)
        case ("type", 8):
            guard let oid = UInt32(values[0]) else { return }
            types[oid] = DataType(
                name: values[1], input: (values[2], values[3] == "i"), output: (values[4], values[5] == "i"),
                isKnown: values[6] == "true", parts: values[7].split(separator: " ").compactMap { UInt32($0) }
            )
        case ("collation", 1): UInt32(values[0]).map { _ = deterministicCollations.insert($0) }
        case ("relation", 7):
            guard let oid = UInt32(values[0]) else { return }
            relations[oid] = Relation(
                schema: values[1], name: values[2], kind: values[3], isTemporary: values[4] == "t",
                hasRowSecurity: values[5] == "true", isSubscribed: values[6] == "true")
        case ("child", 2):
            guard let child = UInt32(values[0]), let parent = UInt32(values[1]) else { return }
            parents[child, default: []].insert(parent)
            children[parent, default: []].insert(child)
        case ("column", 6):
            guard let relation = UInt32(values[0]), let number = Int16(values[1]),
                let type = UInt32(values[3]),
                let collation = UInt32(values[4])
            else { return }
            relations[relation]?.columns.append(
                Column(
                    number: number, name: values[2], type: type, collation: collation,
                    isVirtual: values[5] == "true"))
        case ("trigger", 13):
            guard let relation = UInt32(values[0]), let trigger = FoundTrigger(Array(values[1...])) else {
                return
            }
            relations[relation]?.triggers.append(trigger)
        default: return
        }
    }

    // MARK: Steadiness

    /// Functions of PostgreSQL that are STABLE only because they call the output functions of types, which are looked at by
    /// themselves: concat(), concat_ws(), format(), array_to_string().
    private static let showing: Set<String> = [
        "text_concat", "text_concat_ws", "text_format", "text_format_nv", "array_to_text",
        "array_to_text_null",
    ]
    /// The same in SQL: those of `text || any`, quote_literal(), quote_nullable().
    private static let casting: Set<String> = ["textanycat", "anytextcat", "quote_literal", "quote_nullable"]

    /// A function's values change with rows only if it is immutable, and known to be what it says: PostgreSQL's own, or an
    /// extension's in C. An immutable function of a user may read tables.
    private mutating func learnFunction(_ values: [String]) {
        let (name, volatility, language, source) = (values[0], values[1], values[2], values[5])
        let (isOwn, isExtensions) = (values[3] == "true", values[4] == "true")
        let call = "\(name)()"
        guard isOwn || isExtensions && ["c", "internal"].contains(language) else {
            unsteadyFunctions.append("\(call) may read what no trigger tells of")
            return
        }
        if volatility == "i" { return }
        let isSteady =
            isOwn && volatility == "s"
            && (language == "internal" ? Self.showing.contains(source) : Self.casting.contains(name))
        if !isSteady { unsteadyFunctions.append("\(call) may answer differently though no row has changed") }
    }

    /// STABLE input and output functions whose results depend on nothing but the value, on the type, and on settings that
    /// the look has.
    private static let steadyInputs: Set<String> = [
        "enum_in", "array_in", "json_in", "jsonb_in", "xml_in",
    ]
    private static let steadyOutputs: Set<String> = [
        "date_out", "timestamp_out", "timestamptz_out", "cash_out", "enum_out", "array_out",
    ]

    /// Why values of these types may be shown differently though no row has changed, or texts may be read differently; in
    /// words, nil if they can't.
    func unsteadiness(ofTypes shown: Set<UInt32>, read: Set<UInt32>) -> String? {
        for oid in withParts(shown).sorted() {
            guard let type = types[oid] else { return "a type is not known" }
            guard type.isKnown, type.output.isImmutable || Self.steadyOutputs.contains(type.output.name)
            else {
                return "how the type \(type.name) is shown may depend on more than rows"
            }
        }
        for oid in withParts(read).sorted() {
            guard let type = types[oid] else { return "a type is not known" }
            guard type.input.isImmutable || Self.steadyInputs.contains(type.input.name) else {
                return "how the type \(type.name) is read, such as 'now', may depend on more than rows"
            }
        }
        return nil
    }

    private func withParts(_ oids: Set<UInt32>) -> Set<UInt32> {
        var all = oids
        var open = Array(oids)
        while let oid = open.popLast() {
            for part in types[oid]?.parts ?? [] where all.insert(part).inserted { open.append(part) }
        }
        return all
    }
}
