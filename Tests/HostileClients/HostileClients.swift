// mapmux-hostile: how much hostile local clients, and more load than the database can serve, cost the polite ones.

import ArgumentParser

@main
struct HostileClients: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-hostile",
        abstract: "Measure polite clients of mapmux beside hostile ones, and under overload.",
        subcommands: [AttackComparison.self, Overload.self, Attacker.self, Burner.self],
        defaultSubcommand: AttackComparison.self)
}
