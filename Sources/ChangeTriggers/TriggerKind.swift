// The four triggers of a relation, and how each must be.

enum TriggerKind: String, CaseIterable {
    case insert
    case update
    case delete
    case truncate

    var name: String { "mapmux_\(rawValue)" }

    /// tgtype of one that is fired once after a statement: see TRIGGER_FOR_INSERT and the like in pg_trigger.h.
    private var type: Int {
        switch self {
        case .insert: 1 << 2
        case .delete: 1 << 3
        case .update: 1 << 4
        case .truncate: 1 << 5
        }
    }

    /// The names of the transition tables; empty for none.
    private var oldTable: String { self == .update || self == .delete ? "mapmux_old" : "" }
    private var newTable: String { self == .update || self == .insert ? "mapmux_new" : "" }

    /// ` REFERENCING …`
    private var referencing: String {
        let tables = [("OLD", oldTable), ("NEW", newTable)].filter { !$0.1.isEmpty }
        return tables.isEmpty
            ? "" : " REFERENCING " + tables.map { "\($0.0) TABLE AS \($0.1)" }.joined(separator: " ")
    }

    /// - Parameters:
    ///   - table, function: with schema, in quotes.
    func statement(on table: String, calling function: String) -> String {
        """
        CREATE OR REPLACE TRIGGER \(name) AFTER \(rawValue.uppercased()) ON \(table)
            \(referencing.dropFirst())\(referencing.isEmpty ? "" : " ")FOR EACH STATEMENT EXECUTE FUNCTION \(function)();
        """
    }

    /// What is not as it must be in a trigger, in words; nil if it is a trigger as made here.
    func fault(of trigger: FoundTrigger) -> String? {
        // ENABLE ALWAYS: whatever session_replication_role is.
        if trigger.state != "A" { return "is not enabled ALWAYS" }
        let isRight =
            trigger.isPlain && trigger.type == type && trigger.oldTable == oldTable
            && trigger.newTable == newTable
        return isRight ? nil : "was made otherwise"
    }
}
