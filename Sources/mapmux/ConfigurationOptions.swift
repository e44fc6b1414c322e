// The options of every subcommand that reads mapmux.conf.

internal import ArgumentParser
internal import Configuration
internal import EventLoop
// For the working directory.
internal import FoundationEssentials
internal import LookupValues

/// The configuration file, and the parameters that the command line overrides.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .short, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var configurationFile = Self.defaultFile

    static let defaultFile = "/etc/mapmux/mapmux.conf"

    @Option(
        name: .short, parsing: .singleValue,
        help: ArgumentHelp("Override a parameter of the configuration file.", valueName: "name=value"))
    var override: [String] = []

    /// The file's path from the root directory, whatever the working directory is.
    var absoluteFile: String {
        configurationFile.hasPrefix("/")
            ? configurationFile : "\(FileManager.default.currentDirectoryPath)/\(configurationFile)"
    }

    var source: ConfigurationSource {
        ConfigurationSource(file: configurationFile, overrides: override, system: .local)
    }
}
