// The steps for the postmaster to take with Postfix, for the way in that is chosen, and the tables that it does not reach.

/// A line of instructions.
package enum StepLine: Equatable, Sendable {
    case text(String)
    /// For a shell.
    case command(String)
    /// A command that the postmaster has to decide on.
    case optionalCommand(String)

    /// A line that a shell runs.
    package var forShell: String {
        switch self {
        case .text(let text): text.isEmpty ? "" : "# \(text)"
        case .command(let command): command
        case .optionalCommand(let command): "#\(command)"
        }
    }

    /// A comment of mapmux.conf.
    package var forConfiguration: String {
        switch self {
        case .text(let text): text.isEmpty ? "#" : "# \(text)"
        case .command(let command): "#     \(command)"
        case .optionalCommand(let command): "#     #\(command)"
        }
    }
}

/// How Postfix comes to ask mapmux.
package enum WayIn: Sendable {
    /// In place of proxymap(8), for all tables that Postfix asks for by `proxy:`.
    case proxymap
    /// By name.
    case socketmap
}

extension PostfixInventory {
    /// - Parameters:
    ///   - configurationDirectory: as given; nil for Postfix's default.
    ///   - postconf: as given; nil for the one that a shell finds.
    ///   - hasUnits: whether the package's units are there to start.
    ///   - addedTo: the configuration, if something was or is to be added to it: then a running mapmux must read it.
    package func steps(
        _ way: WayIn = .proxymap, configurationDirectory: String?, postconf: String? = nil,
        hasUnits: Bool = false, addedTo: String? = nil
    ) -> [StepLine] {
        let commands = PostconfCommand(configurationDirectory: configurationDirectory, program: postconf)
        let steps =
            switch way {
            case .proxymap: proxymapSteps(commands, isComplete: addedTo == nil)
            case .socketmap: socketmapSteps(commands)
            }
        let reload = addedTo.map { reloading($0, hasUnits: hasUnits) } ?? []
        guard needsStart(steps) else { return steps + reload + unreachedNotes() }
        return (hasUnits ? starting : []) + reload + steps + unreachedNotes()
    }

    /// Whether there is a command after which Postfix asks mapmux.
    private func needsStart(_ steps: [StepLine]) -> Bool {
        steps.contains { if case .command = $0 { true } else { false } }
    }

    /// The units of the sockets, if these have the configuration's places, and of the service.
    private var starting: [StepLine] {
        let instance = unitInstance.map { "@\($0)" } ?? ""
        let sockets = layout.hasUsualNames ? ["mapmux-socketmap", "mapmux-proxymap"] : []
        let units = sockets.map { "\($0)\(instance).socket" } + ["mapmux\(instance).service"]
        return [
            .text("Start mapmux:"), .command("systemctl enable --now \(units.joined(separator: " "))"),
        ]
    }

    private func reloading(_ configuration: String, hasUnits: Bool) -> [StepLine] {
        let instance = unitInstance.map { "@\($0)" } ?? ""
        return [
            .text("Have it read what is new in \(configuration):"),
            .command(
                hasUnits
                    ? "systemctl reload mapmux\(instance)"
                    : "mapmux reload -c \(PostconfCommand.quoted(configuration))"),
        ]
    }

    private func proxymapSteps(_ commands: PostconfCommand, isComplete: Bool) -> [StepLine] {
        guard let service = layout.ownService else {
            return [
                .text("mapmux does not listen in \(layout.privateDirectory), where Postfix would ask it:"),
                .text("proxymap_listen has no such socket. Nothing is to be changed."),
            ]
        }
        let edits = edits(commands) { value in
            value.proxied { name in
                servedTable(name).map { $0.needsProxy || $0.isInProxiedCompound } ?? false
            }
        }
        let byHand = fileEdits.map { edit in
            StepLine.text(
                "In \(edit.path), which \(edit.parameter) names: proxy: before pgsql:\(edit.table), by hand.")
        }
        if asksMapmux && edits.isEmpty && byHand.isEmpty {
            return [.text("Postfix asks mapmux already\(isComplete ? ": nothing is to be done" : "").")]
        }
        var steps: [StepLine] = [
            .text("mapmux in the place of proxymap(8). It must run before, as Postfix waits for it.")
        ]
        if !asksMapmux {
            steps.append(.command(commands.set("proxymap_service_name", service)))
        }
        steps += byHand
        // Last, since proxymap(8) may not be allowed to open the tables that get their proxy: here.
        if !edits.isEmpty {
            steps.append(.text("Only what stands behind proxy: reaches it:"))
            steps += edits
        }
        steps += [
            .command(commands.reload),
            .text(
                edits.isEmpty
                    ? "And back:"
                    : "And back, once the values above are as before (proxy_read_maps may not allow the new):"
            ),
            .optionalCommand(
                layout.proxymapService == "proxymap"
                    ? commands.remove("proxymap_service_name")
                    : commands.set("proxymap_service_name", layout.proxymapService)),
            .optionalCommand(commands.reload),
        ]
        return steps
    }

    /// A command for each value that `change` changes.
    func edits(
        _ commands: PostconfCommand, _ change: (ParameterValueText) -> String
    ) -> [StepLine] {
        func changed(_ parameter: String, _ value: String) -> String? {
            guard !ParameterTraits.looksNothingUp(parameter),
                !ParameterTraits.isForCommands(parameter)
            else { return nil }
            let new = change(ParameterValueText(value, expand: postconf.expand))
            return new == value ? nil : new
        }
        var steps: [StepLine] = []
        for (parameter, value) in postconf.written {
            guard let new = changed(parameter, value) else { continue }
            steps.append(
                Self.mayHoldPasswords(parameter, value)
                    ? .text("\(parameter): by hand, as what stands in it besides tables may be secret")
                    : .command(commands.set(parameter, new)))
        }
        for override in postconf.writtenOverrides {
            guard let new = changed(override.parameter, override.value) else { continue }
            if Self.mayHoldPasswords(override.parameter, override.value) {
                steps.append(
                    .text(
                        "\(override.parameter) of \(override.service): by hand, as what stands in it besides "
                            + "tables may be secret"))
            } else {
                steps += commands.setOverride(override.service, override.parameter, new)
                    .map { .command($0) }
            }
        }
        return steps
    }

    /// Whether the value has passwords itself, in an `inline:` table.
    private static func mayHoldPasswords(_ parameter: String, _ value: String) -> Bool {
        parameter.contains("password") && ["inline:", "static:", "randmap:"].contains { value.contains($0) }
    }
}
