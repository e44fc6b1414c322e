// Configurations as the tests write them: the text of mapmux.conf, and tables beside it.

package import Configuration
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import ThrowawayServers

/// What came of reading a configuration. `DIR` stands for the directory with its files, there and in what is said.
package struct ConfigurationReading {
    package let configuration: DaemonConfiguration
    package let errors: [String]
    package let warnings: [String]
    /// Whether `serve` would take it, and what it would be told.
    package let isUsable: Bool
    package let reported: [String]

    /// - Parameter files: what else the directory holds. It always has `good.cf`.
    package init(_ text: String, _ overrides: [String] = [], files: [String: String] = [:]) throws {
        let directory = try TemporaryDirectory()
        func placed(_ text: String) -> String { text.replacing("DIR", with: directory.path) }
        try directory.write("good.cf", table(), mode: 0o640)
        for (name, text) in files { try directory.write(name, placed(text), mode: 0o640) }
        let source = ConfigurationSource(
            file: try directory.write("mapmux.conf", placed(text)), overrides: overrides.map(placed),
            system: .local)

        var diagnostics: [Diagnostic] = []
        configuration = source.read(diagnostics: &diagnostics)
        let troubled = configuration.maps.compactMap { map in
            map.trouble.map { (map.name, $0.reason.replacing(directory.path, with: "DIR")) }
        }
        troubles = Dictionary(uniqueKeysWithValues: troubled)
        func texts(_ severity: Diagnostic.Severity) -> [String] {
            diagnostics.filter { $0.severity == severity }.map(\.description)
                .map { $0.replacing(directory.path, with: "DIR") }
        }
        errors = texts(.error)
        warnings = texts(.warning)
        var reported: [String] = []
        isUsable = source.readForUse { reported.append($0.description) } != nil
        self.reported = reported.map { $0.replacing(directory.path, with: "DIR") }
    }

    /// Reads parameters beside a `maps` that is in order, on the first line.
    package static func parameters(_ text: String, _ overrides: [String] = []) throws -> ConfigurationReading
    {
        try ConfigurationReading("maps = pgsql:DIR/good.cf\n\(text)\n", overrides)
    }

    /// Reads a value of `maps`.
    package static func maps(_ text: String, files: [String: String] = [:]) throws -> ConfigurationReading {
        try ConfigurationReading("maps = \(text)\n", files: files)
    }

    /// The maps that have a table.
    package var names: [String] { configuration.maps.filter { $0.place != nil }.map(\.name) }
    /// What is wrong with the files of the others, by name.
    package let troubles: [String: String]
}

/// A pgsql_table(5) file that lacks nothing, with other lines in place of its own.
package func table(
    hosts: String = "db.example.com", user: String = "mail", password: String = "secret",
    dbname: String = "mail", _ more: String = ""
) -> String {
    """
    hosts = \(hosts)
    user = \(user)
    password = \(password)
    dbname = \(dbname)
    query = SELECT goto FROM alias WHERE address = '%s'
    \(more)

    """
}
