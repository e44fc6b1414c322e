// Where a configuration is read from.

package import LookupValues

/// Where a configuration comes from: a file, and what the command line overrides.
package struct ConfigurationSource: Sendable {
    package let file: String
    /// `NAME=VALUE` each, as given to -o; the last one of a name counts.
    package let overrides: [String]

    /// The system on which its files are read.
    package let system: ConfigurationSystem

    package init(file: String, overrides: [String], system: ConfigurationSystem) {
        self.file = file
        self.overrides = overrides
        self.system = system
    }
}
