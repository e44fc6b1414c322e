// A trigger that may be mapmux's, as the catalogs have it.

/// A row of pg_trigger, and the trigger's function.
struct FoundTrigger: Equatable {
    struct Function: Equatable {
        let oid: UInt32
        let schema: String
        let name: String
        /// prosrc.
        let source: String
        /// Whether it is a trigger function in PL/pgSQL that is executed as its caller.
        let isPlain: Bool
        /// proconfig, as text.
        let settings: String
    }

    let name: String
    /// tgtype.
    let type: Int
    /// tgenabled.
    let state: String
    let oldTable: String
    let newTable: String
    /// Whether it has no condition, columns or arguments, and is no constraint's.
    let isPlain: Bool
    let function: Function

    init?(_ values: [String]) {
        guard values.count == 12, let type = Int(values[1]), let oid = UInt32(values[6]) else { return nil }
        name = values[0]
        self.type = type
        state = values[2]
        oldTable = values[3]
        newTable = values[4]
        isPlain = values[5] == "true"
        function = Function(
            oid: oid, schema: values[7], name: values[8], source: values[9], isPlain: values[10] == "true",
            settings: values[11])
    }
}
