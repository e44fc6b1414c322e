// `mapmux flush`.

internal import ArgumentParser
internal import Daemon

struct Flush: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have answers forgotten that are kept.",
        discussion: """
            Returns when no answer is given any more that was kept before, or is under way: at once if no answers are kept. \
            Exits 64 if none are kept of the map that is named, 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "A map that is in the parameter cache or stale_while_down; all if it is left out.")
    var map: String?

    @Argument(help: "A key of that map; all if it is left out.")
    var key: String?

    func validate() throws {
        // A shell's variable that is not set is no wish to have everything forgotten.
        if map?.isEmpty ?? false { throw ValidationError("found an empty name, expected a map's name") }
        if key?.isEmpty ?? false { throw ValidationError("found an empty key, expected a key") }
        if key?.utf8.contains(UInt8(ascii: "\n")) ?? false {
            throw ValidationError("found a key of several lines, expected one line")
        }
    }

    func run() throws {
        let command = ControlCommand.flush(map: map, key: key.map { Array($0.utf8) })
        let flushed = try options.connectToDaemon().tell(command)
        if flushed.isEmpty { say("No answers are kept.") }
        for name in flushed { say("flushed: \(name)") }
    }
}
