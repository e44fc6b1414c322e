// An analysed query or expression as PostgreSQL writes it down (pg_node_tree, debug_print_rewritten), read for what it
// evaluates.

/// The objects that the nodes of a tree name. See outfuncs.c.
///
/// The text is read as a sequence of tokens, not as a tree. In names and literals PostgreSQL escapes every character that
/// ends a token, so no user's text can hide a node; it could only feign one.
package struct TreeFacts: Equatable, Sendable {
    /// The objects that evaluating the tree may evaluate. PostgreSQL's own types are left out: they call only its C code.
    package private(set) var reached: Set<CatalogObject> = []
    /// A part of it that may keep something by itself, in words; nil if there is none.
    package private(set) var impurity: String?
    /// The kind of a node that is not known here; nil if all are.
    package private(set) var unknownNode: String?

    /// Whether there is a query in it, not only expressions.
    package private(set) var hasQuery = false

    package init(_ text: String) {
        self.init(texts: [text])
    }

    /// - Parameter texts: of one or several trees.
    package init(texts: [String]) {
        for text in texts {
            var field: String?
            var isList = false
            Self.forEachToken(of: Array(text.utf8)) { token in
                switch token.utf8.first {
                case UInt8(ascii: "{"):
                    noteNode(String(token.dropFirst()))
                    field = nil
                case UInt8(ascii: ":"):
                    field = String(token.dropFirst())
                    isList = false
                case UInt8(ascii: "("):
                    // `(o 25 25)` is a list of OIDs.
                    isList = true
                case UInt8(ascii: ")"), UInt8(ascii: "}"):
                    field = nil
                default:
                    guard let name = field else { return }
                    if name == "commandType" && token != "1" { note("it changes data or is a command") }
                    if let oid = UInt32(token), oid > 0 { add(oid, in: name) }
                    if !isList { field = nil }
                }
            }
        }
    }

    /// Leaves a relation out: the view whose tree it is, which the tree names for OLD and NEW.
    package mutating func forget(relation oid: UInt32) { reached.remove(CatalogObject(.relation, oid)) }

    private mutating func note(_ reason: String) {
        if impurity == nil { impurity = reason }
    }

    private mutating func noteNode(_ name: String) {
        switch name {
        case "QUERY": hasQuery = true
        case "ROWMARKCLAUSE": note("FOR UPDATE and FOR SHARE lock rows")
        case "TABLESAMPLECLAUSE": note("TABLESAMPLE may answer differently each time")
        case "NEXTVALUEEXPR": note("nextval() may keep something")
        default: if !Self.nodes.contains(name), unknownNode == nil { unknownNode = name }
        }
    }

    private mutating func add(_ oid: UInt32, in field: String) {
        guard let kind = Self.kinds[field] else { return }
        let object = CatalogObject(kind, oid)
        // PostgreSQL's own types call only its C code.
        if kind == .type && object.isPostgreSQLsOwn { return }
        reached.insert(object)
    }

    private static let kinds: [String: CatalogObject.Kind] = {
        var kinds: [String: CatalogObject.Kind] = [:]
        let functions = [
            "funcid", "aggfnoid", "winfnoid", "opfuncid", "hashfuncid", "negfuncid", "startInRangeFunc",
            "endInRangeFunc", "elemfuncid",
        ]
        let operators = [
            "opno", "opnos", "eqop", "sortop", "cycle_mark_neop", "firstColOp", "aggsortop",
        ]
        let types = [
            "consttype", "vartype", "paramtype", "funcresulttype", "aggtype", "wintype", "opresulttype",
            "resulttype", "casetype", "array_typeid", "element_typeid", "row_typeid", "minmaxtype",
            "coalescetype", "typeId", "refcontainertype", "refarraytype", "refelemtype", "refrestype",
            "elemtype", "aggtranstype", "aggargtypes", "colTypes", "funccoltypes", "coltypes",
            "ctecoltypes", "type", "typid", "multiexprtype", "cycle_mark_type",
        ]
        for name in functions { kinds[name] = .function }
        for name in operators { kinds[name] = .operator }
        for name in types { kinds[name] = .type }
        kinds["relid"] = .relation
        return kinds
    }()

    /// The nodes in analysed queries of PostgreSQL 14 to 18 that are known to evaluate nothing but the objects in the fields
    /// above.
    private static let nodes: Set<String> = [
        "RANGETBLENTRY", "RTE", "RTEPERMISSIONINFO", "ALIAS", "FROMEXPR", "JOINEXPR", "RANGETBLREF",
        "TARGETENTRY", "VAR", "CONST", "PARAM", "AGGREF", "GROUPINGFUNC", "WINDOWFUNC", "WINDOWDEF",
        "WINDOWCLAUSE", "SUBSCRIPTINGREF", "FUNCEXPR", "NAMEDARGEXPR", "OPEXPR", "DISTINCTEXPR", "NULLIFEXPR",
        "SCALARARRAYOPEXPR", "BOOLEXPR", "SUBLINK", "FIELDSELECT", "RELABELTYPE", "COERCEVIAIO",
        "ARRAYCOERCEEXPR", "CONVERTROWTYPEEXPR", "COLLATEEXPR", "CASE", "CASEEXPR", "WHEN", "CASEWHEN",
        "CASETESTEXPR", "ARRAY", "ARRAYEXPR", "ROW", "ROWEXPR", "ROWCOMPARE", "ROWCOMPAREEXPR", "COALESCE",
        "COALESCEEXPR", "MINMAX", "MINMAXEXPR", "SQLVALUEFUNCTION", "XMLEXPR", "NULLTEST", "BOOLEANTEST",
        "COERCETODOMAIN", "COERCETODOMAINVALUE", "SORTGROUPCLAUSE", "GROUPINGSET", "SETOPERATIONSTMT",
        "COMMONTABLEEXPR", "CTESEARCHCLAUSE", "CTECYCLECLAUSE", "RANGETBLFUNCTION", "TABLEFUNC",
        "WITHCHECKOPTION", "JSONFORMAT", "JSONRETURNING", "JSONVALUEEXPR", "JSONCONSTRUCTOREXPR",
        "JSONISPREDICATE", "WINDOWFUNCRUNCONDITION", "RTEPERMISSION", "SETTODEFAULT", "INTLIST",
        "PLACEHOLDERVAR", "STRING", "INTEGER", "FLOAT", "BOOLEAN", "BITSTRING", "DEFELEM",
    ]

    /// Hands over `{NAME`, `(`, `)`, `}`, and words between them.
    private static func forEachToken(of text: [UInt8], _ body: (Substring) -> Void) {
        var index = 0
        while index < text.count {
            let start = index
            let byte = text[index]
            if isSpace(byte) {
                index += 1
                continue
            }
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "}") {
                index += 1
            } else {
                // A word, which may begin with `{`.
                repeat {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                } while index < text.count
                    && !isSpace(text[index]) && !"(){}".utf8.contains(text[index])
            }
            body(Substring(String(decoding: text[start..<min(index, text.count)], as: UTF8.self)))
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
    }
}
