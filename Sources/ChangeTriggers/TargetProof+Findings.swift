// What a lease takes of what was found out, and of what a notification says.

package import AnswerCache

extension TargetProof {
    /// - Parameters:
    ///   - tables: the number of each query's table, in the order of the findings.
    ///   - writers: see `TargetProof.writers`.
    package init(_ findings: NotificationFindings, tables: [Int], writers: Set<String>) {
        let proofs = zip(tables, findings.tables).map { ($0, TableProof($1)) }
        self.init(
            look: findings.look, value: findings.value, isSettled: findings.isSettled,
            tables: Dictionary(proofs) { $1 }, writers: writers)
    }
}

extension TableProof {
    fileprivate init(_ finding: NotificationFinding) {
        switch finding.verdict {
        case .proven(let key):
            self = .proven(
                key: key,
                relations: Dictionary(finding.needs.map { ($0.relation, $0.recipe?.name) }) { $1 })
        case .unproven: self = .unproven(.triggers)
        case .untellable: self = .unproven(.untellable)
        }
    }
}

extension ChangedRows {
    /// - Parameter named: the keys of a `ChangeNotice`; nil: any key.
    package init(relation: UInt32, named: [ChangedKey]?) {
        self.init(
            relation: relation,
            keys: named.map { keys in
                Dictionary(grouping: keys) { $0.recipe.name }.mapValues { $0.map(\.hash) }
            })
    }
}
