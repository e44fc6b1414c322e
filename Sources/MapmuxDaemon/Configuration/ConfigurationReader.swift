// Reads mapmux.conf and the tables that it names, and says everything that is wrong with them.

internal import EventLoop
internal import LookupTables

struct ConfigurationReader {
    private(set) var configuration = DaemonConfiguration()
    private(set) var diagnostics: [Diagnostic] = []
    private var tables: [String: TableDefinition?] = [:]

    mutating func read(_ source: ConfigurationSource) {
        guard let contents = contents(of: source.file, namedAt: (source.file, nil)) else { return }
        let file = ParameterFile(path: source.file, contents: contents, diagnostics: &diagnostics)
        var maps: (ParameterFile.Parameter, String)?
        let overriding = overrides(source.overrides)
        let overridden = Set(overriding.map(\.0.name))
        let remaining = file.parameters.filter { !overridden.contains($0.name) }
        for (parameter, origin) in remaining.map({ ($0, source.file) }) + overriding {
            if parameter.name == "maps" {
                maps = (parameter, origin)
            } else {
                set(parameter, origin: origin)
            }
        }
        if let (parameter, origin) = maps { readMaps(parameter, origin: origin) }
        if maps == nil || ParameterValue.words(maps!.0.value).isEmpty {
            let line = maps?.0.line
            report(
                source.file, line, "found no maps, expected maps = pgsql:/absolute/path.cf, one at least")
        }
        let settings = configuration.settings
        if settings.workers > settings.poolSize {
            report(
                source.file, file["workers"]?.line,
                "found workers = \(settings.workers) and pool_size = \(settings.poolSize), expected a connection "
                    + "for each worker at least")
        }
        warnOfPasswords()
    }

    private mutating func overrides(_ texts: [String]) -> [(ParameterFile.Parameter, String)] {
        var found: [(ParameterFile.Parameter, String)] = []
        for text in texts {
            let origin = "-o \(text)"
            let file = ParameterFile(path: origin, contents: Array(text.utf8), diagnostics: &diagnostics)
            found += file.parameters.map { ($0, origin) }
        }
        return found
    }

    private mutating func set(_ parameter: ParameterFile.Parameter, origin: String) {
        guard let definition = DaemonParameter.all.first(where: { $0.name == parameter.name }) else {
            report(
                origin, parameter.line,
                "found the unknown parameter `\(parameter.name)`, expected one of "
                    + (["maps"] + DaemonParameter.all.map(\.name)).joined(separator: ", "))
            return
        }
        if !definition.set(parameter.value, &configuration.settings) {
            report(
                origin, parameter.line,
                "found `\(parameter.name) = \(parameter.value)`, expected \(definition.expectation)")
        }
    }

    // MARK: Maps

    private mutating func readMaps(_ parameter: ParameterFile.Parameter, origin: String) {
        for word in ParameterValue.words(parameter.value) {
            guard let (name, path) = Self.map(word) else {
                report(
                    origin, parameter.line,
                    "found `\(word)` in maps, expected pgsql:/absolute/path.cf or NAME=pgsql:/absolute/path.cf"
                )
                continue
            }
            if configuration.maps.contains(where: { $0.name == name }) {
                report(origin, parameter.line, "found two maps named `\(name)`, expected each name once")
                continue
            }
            if let table = table(path, namedAt: (origin, parameter.line)) {
                configuration.add(table, as: name)
            }
        }
    }

    /// Splits `NAME=pgsql:/dir/file.cf`; without a name it is the file's, without `.cf`.
    private static func map(_ word: String) -> (name: String, path: String)? {
        let given: Substring?
        let rest: Substring
        if let equals = word.firstIndex(of: "="), !word.hasPrefix("pgsql:") {
            given = word[..<equals]
            rest = word[word.index(after: equals)...]
        } else {
            given = nil
            rest = word[...]
        }
        guard rest.hasPrefix("pgsql:/") else { return nil }
        let path = rest.dropFirst("pgsql:".count)
        let file = path[path.index(after: path.lastIndex(of: "/")!)...]
        let name = given ?? (file.hasSuffix(".cf") ? file.dropLast(3) : file)
        return name.isEmpty ? nil : (String(name), String(path))
    }

    private mutating func table(_ path: String, namedAt place: (file: String, line: Int?)) -> TableDefinition?
    {
        if let known = tables[path] { return known }
        var table: TableDefinition?
        if let contents = contents(of: path, namedAt: place) {
            table = TableDefinition.read(
                file: path, contents: contents, readFile: { try? readFile(at: $0) },
                diagnostics: &diagnostics)
        }
        tables[path] = .some(table)
        return table
    }

    /// Where files for the same database have different passwords, the first one is used for all.
    private mutating func warnOfPasswords() {
        for pool in configuration.pools {
            for table in pool.tables where table.target.password != pool.target.password {
                diagnostics.append(
                    Diagnostic(
                        severity: .warning, file: table.file, line: nil,
                        message:
                            "found another password than in \(pool.tables[0].file) for the same user and "
                            + "database; expected the same, and that file's is used for both"))
            }
        }
    }

    // MARK: Files

    private mutating func contents(of path: String, namedAt place: (file: String, line: Int?)) -> [UInt8]? {
        do {
            return try readFile(at: path)
        } catch {
            let isItself = place.file == path
            report(
                place.file, place.line,
                isItself
                    ? "can't be read: \(error); expected a configuration file"
                    : "found pgsql:\(path), which can't be read: \(error); expected a pgsql_table(5) file")
            return nil
        }
    }

    private mutating func report(_ file: String, _ line: Int?, _ message: String) {
        diagnostics.append(Diagnostic(severity: .error, file: file, line: line, message: message))
    }
}
