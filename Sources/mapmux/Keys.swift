// `mapmux keys`: which rows Postfix would look for.

internal import ArgumentParser
internal import Configuration
internal import EventLoop
// For whether there is a file.
internal import FoundationEssentials
internal import LookupSearch
internal import LookupTables
internal import LookupValues

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the keys for which Postfix asks the tables of a parameter, in their order.",
        discussion: """
            One key a line, from the one given to the last one for which Postfix asks if no earlier one is found. No database \
            is asked. Of the configuration only recipient_delimiter and the other facts of main.cf count. Exits 64 if \
            there is no such parameter, 65 if a line of stdin is no key, 78 if the configuration has errors. A key that begins \
            with a hyphen stands behind --.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(
        help:
            "The parameter of main.cf, or the restriction, in which the tables stand: virtual_alias_maps, say."
    )
    var parameter: String

    @Argument(
        help:
            "The key; - reads keys from stdin, and answers each with a line: the key and its keys, with tabs between."
    )
    var key: String

    func run() throws {
        guard let parameter = SearchParameter(named: parameter) else {
            complain(
                "found the unknown parameter `\(parameter)`, expected one of "
                    + SearchParameter.all.map(\.name).joined(separator: ", "))
            throw ExitCode.validationFailure
        }
        // Without a configuration, Postfix's defaults hold.
        let hasFile =
            options.configurationFile != ConfigurationOptions.defaultFile
            || FileManager.default.fileExists(atPath: options.configurationFile)
        guard let facts = options.source.readFacts(hasFile: hasFile, { complain($0.description) }) else {
            throw ExitCode.configurationError
        }
        let order = SearchOrder(parameter, facts)
        guard key == "-" else {
            for key in order.keys(for: CommandLine.bytes(of: key).span) { printLine(key.bytes) }
            return
        }
        var lines = StandardInputLines()
        var hasErred = false
        repeat {
            lines.read()
            while let line = lines.next() { if !answer(line, by: order) { hasErred = true } }
        } while !lines.isAtEnd
        if hasErred { throw ExitCode.dataError }
    }

    /// - Returns: false if the line is no key; an empty line answers it.
    private func answer(_ line: [UInt8], by order: SearchOrder) -> Bool {
        let tab = UInt8(ascii: "\t")
        if line.contains(tab) {
            let shown = String(decoding: line, as: UTF8.self)
            complain("found a tab in the key `\(shown)`, expected one key a line")
            printLine([])
            return false
        }
        printLine(Array(([line] + order.keys(for: line.span).map(\.bytes)).joined(separator: [tab])))
        return true
    }
}
