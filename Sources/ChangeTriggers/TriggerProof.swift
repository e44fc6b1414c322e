// Whether the triggers that are there tell what queries need.

extension DependencyFacts {
    /// What is missing for the changes of a relation to be told, in words, on one line; nil if nothing is.
    package func shortcoming(for needs: RelationNeeds) -> String? {
        guard let relation = relations[needs.relation] else { return "a table is gone that it reads" }
        if relation.triggers.isEmpty { return "\(relation.shown) has no triggers of mapmux" }
        for kind in TriggerKind.allCases {
            guard let trigger = relation.triggers.first(where: { $0.name == kind.name }) else {
                return "\(relation.shown) has no trigger \(kind.name)"
            }
            if let fault = kind.fault(of: trigger) {
                return "the trigger \(kind.name) of \(relation.shown) \(fault)"
            }
            let called = trigger.function
            guard called.isPlain, let function = TriggerFunction(source: called.source),
                called.settings == function.settings
            else { return "the function of the trigger \(kind.name) of \(relation.shown) was made otherwise" }
            guard function.tells(needs) else {
                return "the triggers of \(relation.shown) don't tell of all columns or keys that count"
            }
        }
        return nil
    }
}
