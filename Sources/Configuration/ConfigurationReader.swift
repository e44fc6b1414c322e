// Reads mapmux.conf and the tables that it names, and reports everything that is wrong with them.

internal import LookupTables
internal import LookupValues

struct ConfigurationReader {
    private let system: ConfigurationSystem
    private(set) var configuration = DaemonConfiguration()
    private(set) var diagnostics: [Diagnostic] = []
    /// The first error that does not concern a single table only: with it the configuration can't be used.
    private(set) var error: Diagnostic?
    /// The maps and their files, in order.
    private var maps: [(name: String, path: String)] = []
    private var tables: [String: TableFile] = [:]

    init(system: ConfigurationSystem) {
        self.system = system
    }

    /// Where something was found: a line of a file, or an option of the command line.
    private struct Place: Equatable {
        let file: String
        let line: Int?
    }

    /// A parameter with its value, and where both were found.
    private struct Setting {
        let name: String
        let value: String
        let place: Place
    }

    mutating func read(_ source: ConfigurationSource) {
        let whole = Place(file: source.file, line: nil)
        let overrides = source.overrides.compactMap { override($0) }
        guard let contents = contents(of: source.file, namedAt: whole) else {
            // A daemon that stays up without a configuration uses these.
            for setting in overrides where setting.name != "maps" { set(setting) }
            return
        }
        let file = ParameterFile(path: source.file, contents: contents, diagnostics: &diagnostics)
        error = error ?? diagnostics.first { $0.severity == .error }
        let settings =
            file.parameters.map {
                Setting(name: $0.name, value: $0.value, place: Place(file: source.file, line: $0.line))
            } + overrides
        // Only the last setting of a name counts.
        let effective = Dictionary(settings.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let last = Dictionary(settings.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
        // Tables are read as they are found, and this parameter may come after them.
        if let encoding = effective["default_encoding"] {
            _ = DaemonParameter.defaultEncoding.set(encoding.value, &configuration.settings, system)
        }
        for (index, setting) in settings.enumerated() where last[setting.name] == index { set(setting) }
        let maps = effective["maps"]
        if maps.map({ ParameterValue.words($0.value).isEmpty }) ?? true {
            report(
                maps?.place ?? whole, "found no maps, expected maps = pgsql:/absolute/path.cf, one at least")
        }
        let values = configuration.settings
        if values.workers > values.poolSize {
            report(
                effective["workers"]?.place ?? effective["pool_size"]?.place ?? whole,
                "found workers = \(values.workers) and pool_size = \(values.poolSize), expected a connection "
                    + "for each worker at least")
        }
        if effective["query_timeout"] != nil, values.queryTimeout >= values.lookupTimeout {
            report(
                effective["query_timeout"]!.place,
                "found query_timeout = \(values.queryTimeout)s and lookup_timeout = \(values.lookupTimeout)s, expected "
                    + "query_timeout to be the shorter one")
        }
        let proxymapPaths = values.proxymapListen.map(\.path)
        for path in values.socketmapListen where proxymapPaths.contains(path) {
            report(
                effective["proxymap_listen"]?.place ?? whole,
                "found unix:\(path) in proxymap_listen and in socketmap_listen, expected different paths")
        }
        if let relay = values.proxymapRelay, proxymapPaths.contains(relay) {
            report(
                effective["proxymap_relay"]?.place ?? whole,
                "found unix:\(relay) in proxymap_relay and in proxymap_listen, expected another service's socket"
            )
        }
        for socket in values.proxymapListen {
            guard case .at(let relay) = socket.relay, proxymapPaths.contains(relay) else { continue }
            report(
                effective["proxymap_listen"]?.place ?? whole,
                "found unix:\(relay) as the relay of unix:\(socket.path), expected another service's socket")
        }
        for name in values.mapTrust where !self.maps.contains(where: { $0.name == name }) {
            report(
                effective["map_trust"]?.place ?? whole,
                "found \(Self.shown(name)) in map_trust, expected names that are in maps")
        }
        addMaps()
        warnOfPasswords()
    }

    /// Reads an argument of -o.
    private mutating func override(_ text: String) -> Setting? {
        let shown = Self.mayHoldPassword(text) ? String(text.prefix { $0 != "=" }) + "=…" : text
        let place = Place(file: "-o \(shown)", line: nil)
        guard let equals = text.firstIndex(of: "="),
            let name = ParameterValue.words(String(text[..<equals])).first
        else {
            report(place, "found no parameter, expected -o NAME=VALUE")
            return nil
        }
        let value = text[text.index(after: equals)...]
        return Setting(name: name, value: value.trimmingBlanks, place: place)
    }

    private mutating func set(_ setting: Setting) {
        if setting.name == "maps" {
            configuration.given[setting.name] = setting.value
            return readMaps(setting)
        }
        guard let definition = DaemonParameter.all.first(where: { $0.name == setting.name }) else {
            report(
                setting.place,
                "found the unknown parameter `\(setting.name)`, expected one of "
                    + (["maps"] + DaemonParameter.all.map(\.name)).joined(separator: ", "))
            return
        }
        if definition.set(setting.value, &configuration.settings, system) {
            configuration.given[setting.name] = setting.value
        } else {
            report(
                setting.place,
                "found "
                    + (Self.isConnectionString(setting.value)
                        ? "a value of \(setting.name) that is not shown, as a password may be in it,"
                        : "`\(setting.name) = \(setting.value)`,") + " expected \(definition.expectation)")
        }
    }

    // MARK: Maps

    private mutating func readMaps(_ setting: Setting) {
        var names: Set<String> = []
        for word in ParameterValue.words(setting.value) {
            guard let (name, path) = Self.map(word) else {
                report(
                    setting.place,
                    "found \(Self.shown(word)) in maps, expected pgsql:/absolute/path.cf or "
                        + "NAME=pgsql:/absolute/path.cf")
                continue
            }
            // The name is a label of metrics, and clients name the map by it.
            guard name.unicodeScalars.allSatisfy(\.isSeen), name.utf8.count <= Self.longestName else {
                report(
                    setting.place,
                    "found the map's name `\(name.shown(upTo: Self.longestName))`, expected one of at most "
                        + "\(Self.longestName) bytes without control characters and other invisible ones")
                continue
            }
            if !names.insert(name).inserted {
                report(setting.place, "found two maps named `\(name)`, expected each name once")
                continue
            }
            readTable(path, namedAt: setting.place)
            maps.append((name, path))
        }
    }

    /// Adds the maps to the configuration, when it is known what their files must satisfy.
    private mutating func addMaps() {
        var checked: Set<String> = []
        for (name, path) in maps {
            var file = tables[path]!
            if checked.insert(path).inserted {
                let count = file.diagnostics.count
                file.checkPermissions(isStrict: configuration.settings.strictPermissions)
                diagnostics += file.diagnostics[count...]
                tables[path] = file
            }
            switch file.table {
            case .success(let table): configuration.add(table, as: name)
            case .failure(let trouble): configuration.add(trouble, file: path, as: name)
            }
        }
    }

    /// In bytes, as for file names.
    private static let longestName = 255

    /// Leaves out a URI that was given instead of a file: it may contain a password.
    private static func shown(_ word: String) -> String {
        mayHoldPassword(word) ? "an entry that is not shown, as a password may be in it," : "`\(word)`"
    }

    /// Whether a value belongs into a table's file.
    private static func isConnectionString(_ value: String) -> Bool {
        ConnectionString.isURI(value) || value.contains("@") || value.lowercased().contains("password")
    }

    private static func mayHoldPassword(_ text: String) -> Bool {
        text.contains("://") || text.unicodeScalars.contains { "@?&".unicodeScalars.contains($0) }
    }

    /// Splits `NAME=pgsql:/dir/file.cf`; without a name it uses the file's name, without `.cf`.
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
        // A URI that libpq would accept, apart from its scheme.
        if path.hasPrefix("//"), mayHoldPassword(String(path)) { return nil }
        let file = path[path.index(after: path.lastIndex(of: "/")!)...]
        let name = given ?? (file.hasSuffix(".cf") ? file.dropLast(3) : file)
        return name.isEmpty ? nil : (String(name), String(path))
    }

    private mutating func readTable(_ path: String, namedAt place: Place) {
        guard tables[path] == nil else { return }
        let file = TableFile(
            path, defaultEncoding: configuration.settings.defaultEncoding, system: system)
        tables[path] = file
        diagnostics += file.diagnostics
        guard let error = file.unreadable else { return }
        diagnostics.append(
            Diagnostic(
                severity: .error, file: place.file, line: place.line,
                message: "found pgsql:\(path), which can't be read: \(error); expected a pgsql_table(5) file")
        )
    }

    /// Each file's own password is used, and one of two for the same user and database may be out of date.
    private mutating func warnOfPasswords() {
        let logins = configuration.pools.map { $0.target.logins }
        for (index, pool) in configuration.pools.enumerated() {
            let other = logins[..<index].firstIndex { others in
                others.contains { other in logins[index].contains { $0.differsInPassword(from: other) } }
            }
            guard let other else { continue }
            diagnostics.append(
                Diagnostic(
                    severity: .warning, file: pool.tables[0].file, line: nil,
                    message:
                        "found another password than in \(configuration.pools[other].tables[0].file) for the same "
                        + "user and database; expected the same, though each file is served with its own",
                    code: .differingPasswords))
        }
    }

    // MARK: Files

    private mutating func contents(of path: String, namedAt place: Place) -> [UInt8]? {
        switch system.readFile(path) {
        case .success(let contents): return contents
        case .failure(let error):
            report(place, "can't be read: \(error); expected a configuration file")
            return nil
        }
    }

    private mutating func report(_ place: Place, _ message: String) {
        let diagnostic = Diagnostic(severity: .error, file: place.file, line: place.line, message: message)
        error = error ?? diagnostic
        diagnostics.append(diagnostic)
    }
}

extension DatabaseLogin {
    fileprivate func differsInPassword(from other: DatabaseLogin) -> Bool {
        guard let password, let others = other.password else { return false }
        return host == other.host && sharesDatabase(with: other) && password != others
    }
}

extension Substring {
    /// The text without the blanks at both ends.
    var trimmingBlanks: String {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
