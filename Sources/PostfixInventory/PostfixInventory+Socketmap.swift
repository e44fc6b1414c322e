// The steps for tables that Postfix is to ask by name: as `socketmap:`.

extension PostfixInventory {
    func socketmapSteps(_ commands: PostconfCommand) -> [StepLine] {
        guard layout.ownSocketmap != nil else {
            return [
                .text("mapmux does not listen in \(layout.privateDirectory), where Postfix would ask it:"),
                .text("socketmap_listen has no such socket. Nothing is to be changed."),
            ]
        }
        let maps = maps.filter { map in map.tables.contains { servedTable($0) != nil } }
        let fitness = maps.map(fitness)
        func those(_ wanted: SocketmapFitness) -> [ListedMap] {
            zip(maps, fitness).filter { $0.1 == wanted }.map(\.0)
        }
        let certain = those(.wholeKey) + those(.searched)
        let doubtful = those(.doubtful)
        var steps: [StepLine] = [
            .text("mapmux as socketmap, for single maps. Postfix asks a socketmap for the full key only:"),
            .text("the search is made here, for the parameter that map_parameters has for the map."),
        ]
        let safe = edits(commands) { asSocketmaps($0, certain) }
        if safe.isEmpty {
            steps.append(.text("There is no table here for which that gives the same answers."))
        } else {
            steps.append(.text("For these that gives the same answers:"))
            steps += safe
            steps.append(.command(commands.reload))
        }
        steps += byHand(certain)
        if !doubtful.isEmpty {
            steps += [
                .text("For these Postfix goes on to addresses without extension, @domain, parent domains or"),
                .text("networks, and nothing here does: only where a table has no such keys."),
            ]
            steps += doubtfulEdits(commands, certain, doubtful)
        }
        let reasons = zip(maps, fitness).compactMap { map, fitness -> StepLine? in
            guard case .unfit(let reason?) = fitness else { return nil }
            return .text("    \(map.name): \(reason)")
        }
        if !reasons.isEmpty {
            steps += [
                .text("These stay as they are, since the answers of a socketmap would be others:")
            ]
            steps += reasons
        }
        return steps
    }

    /// Commands for values with a doubtful table, in which all tables that can be socketmaps are replaced.
    private func doubtfulEdits(
        _ commands: PostconfCommand, _ certain: [ListedMap], _ doubtful: [ListedMap]
    ) -> [StepLine] {
        edits(commands) { value in
            let isDoubtful = value.references.contains { reference in
                doubtful.contains { $0.tables.contains(reference.name) }
            }
            return asSocketmaps(value, isDoubtful ? certain + doubtful : [])
        }.map { step in
            if case .command(let command) = step { .optionalCommand(command) } else { step }
        }
    }

    /// Maps of several tables that are spread over variables, which no command here changes.
    private func byHand(_ maps: [ListedMap]) -> [StepLine] {
        let values = (postconf.written.map(\.value) + postconf.writtenOverrides.map(\.value)).map {
            ParameterValueText($0, expand: postconf.expand)
        }
        return maps.filter { map in
            map.tables.count > 1 && !values.contains { $0.replacing(list: map.tables, by: "") != nil }
                && values.contains { value in value.references.contains { map.tables.contains($0.name) } }
        }.map { map in
            let tables = map.tables.map { "pgsql:\($0)" }.joined(separator: ", ")
            return .text("    by hand: \(socketmap(map)) in place of \(tables)")
        }
    }

    /// The value with maps in place of their tables. A map of several takes the place of all of them at once, or of none.
    private func asSocketmaps(_ value: ParameterValueText, _ maps: [ListedMap]) -> String {
        for map in maps where map.tables.count > 1 {
            if let text = value.replacing(list: map.tables, by: socketmap(map)) { return text }
        }
        return value.replacing { table in maps.first { $0.tables == [table] }.map(socketmap) }
    }

    /// With a path relative to the queue directory, every daemon's working directory, in a chroot or not.
    private func socketmap(_ map: ListedMap) -> String {
        "socketmap:unix:private/\(layout.ownSocketmap ?? PostfixLayout.socketmapName):\(map.name)"
    }
}
