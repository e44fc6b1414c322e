// The tables that Postfix goes on opening itself, and those that can't be served, each with its reason.

extension PostfixInventory {
    func unreachedNotes() -> [StepLine] {
        agentNotes() + commandNotes() + compoundNotes() + unservableNotes()
    }

    private func agentNotes() -> [StepLine] {
        var notes: [StepLine] = []
        for table in served + unreachable {
            for (use, agent) in agentUses(of: table) {
                let reach = isInUse(agent) ? "" : ", which no transport in main.cf leads to"
                let line = "    pgsql:\(table.name): \(use.description), \(agent.rawValue)(8)\(reach)"
                notes.append(.text(line))
            }
        }
        guard !notes.isEmpty else { return [] }
        let heading: [StepLine] = [
            .text(""),
            .text("Postfix opens these tables itself, behind proxy: too, since they decide about files,"),
            .text("user ids and commands (proxymap(8), SECURITY). If made a socketmap, it defers the mail."),
        ]
        return heading + notes
    }

    private func commandNotes() -> [StepLine] {
        let notes = (served + unreachable).flatMap { table in
            table.uses.filter { ParameterTraits.isForCommands($0.parameter) }.map { use in
                StepLine.text("    pgsql:\(table.name): \(use.description)")
            }
        }
        guard !notes.isEmpty else { return [] }
        return [
            .text(""),
            .text("These are opened by commands, with the rights of their callers, who may not enter"),
            .text("\(layout.privateDirectory):"),
        ] + notes
    }

    /// The tables whose `proxy:` could not be moved.
    private func compoundNotes() -> [StepLine] {
        var names: [String] = []
        let written = postconf.written.map(\.value) + postconf.writtenOverrides.map(\.value)
        for value in written {
            let after = ParameterValueText(value, expand: postconf.expand).proxied { servedTable($0) != nil }
            for reference in ParameterValueText(after, expand: postconf.expand).references {
                guard case .withinProxied = reference.route, servedTable(reference.name) != nil,
                    !names.contains(reference.name)
                else { continue }
                names.append(reference.name)
            }
        }
        guard !names.isEmpty else { return [] }
        return [
            .text(""),
            .text("These stand in a pipemap or unionmap behind proxy:, which Postfix's own proxymap(8)"),
            .text("opens with all that is in it. mapmux is asked for them where proxy: is their own."),
        ] + names.map { .text("    pgsql:\($0)") }
    }

    private func unservableNotes() -> [StepLine] {
        guard !unservable.isEmpty else { return [] }
        return [
            .text(""),
            .text("These can't be served, since mapmux reads tables from files. Put what main.cf has under"),
            .text("a table's name (NAME_hosts, NAME_dbname, …) into one, as hosts, dbname and so on, and"),
            .text("write pgsql:/its/absolute/path."),
        ]
            + unservable.map { table in
                .text("    pgsql:\(table.name): \(table.uses.map(\.description).joined(separator: ", "))")
            }
    }
}
