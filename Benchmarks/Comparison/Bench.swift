// mapmux-bench: both comparisons, and what a kept answer takes.

import ArgumentParser

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-bench",
        abstract: "Compare mapmux with what else answers Postfix's lookups from PostgreSQL.",
        subcommands: [Comparison.self, MailComparison.self, MemoryMeasurement.self],
        defaultSubcommand: Comparison.self)
}
