// Reads mapmux.conf and the tables that it names, and reports everything that is wrong with them.

internal import LookupSearch
internal import LookupTables
internal import LookupValues

struct ConfigurationReader {
    let system: ConfigurationSystem
    var configuration = DaemonConfiguration()
    var diagnostics: [Diagnostic] = []
    /// The first error that does not concern a single table only: with it the configuration can't be used.
    private(set) var error: Diagnostic?
    /// The maps and their files, in order.
    var maps: [(name: String, path: String)] = []
    var tables: [String: TableFile] = [:]

    init(system: ConfigurationSystem) {
        self.system = system
    }

    /// Where something was found: a line of a file, or an option of the command line.
    struct Place: Equatable {
        let file: String
        let line: Int?
    }

    /// A parameter with its value, and where both were found.
    struct Setting {
        let name: String
        let value: String
        let place: Place
    }

    mutating func read(_ source: ConfigurationSource) {
        let whole = Place(file: source.file, line: nil)
        guard let settings = settings(of: source) else { return }
        let effective = Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0) })
        // Tables are read as they are found, and this parameter may come after them.
        if let encoding = effective["default_encoding"] {
            _ = DaemonParameter.defaultEncoding.set(encoding.value, &configuration.settings, system)
        }
        for setting in settings { set(setting) }
        check(effective, whole)
        addMaps()
        warnOfPasswords()
    }

    /// Reads the parameters about searches, and no others.
    ///
    /// - Parameter hasFile: whether there is a file; else the settings of the command line are all.
    mutating func readFacts(_ source: ConfigurationSource, hasFile: Bool) {
        let settings = hasFile ? settings(of: source) : source.overrides.compactMap { override($0) }
        let others = ["maps"] + DaemonParameter.all.map(\.name)
        for setting in settings ?? []
        where DaemonParameter.searches.contains(where: { $0.name == setting.name })
            || !others.contains(setting.name)
        {
            set(setting)
        }
    }

    /// The settings of a file and those that override them, each name once. Nil if the file can't be read: a daemon that
    /// stays up without a configuration uses those of the command line, which are set then.
    private mutating func settings(of source: ConfigurationSource) -> [Setting]? {
        let overrides = source.overrides.compactMap { override($0) }
        guard let contents = contents(of: source.file, namedAt: Place(file: source.file, line: nil)) else {
            for setting in overrides where setting.name != "maps" { set(setting) }
            return nil
        }
        let file = ParameterFile(path: source.file, contents: contents, diagnostics: &diagnostics)
        error = error ?? diagnostics.first { $0.severity == .error }
        let settings =
            file.parameters.map {
                Setting(name: $0.name, value: $0.value, place: Place(file: source.file, line: $0.line))
            } + overrides
        // Only the last setting of a name counts.
        let last = Dictionary(settings.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
        return settings.indices.filter { last[settings[$0].name] == $0 }.map { settings[$0] }
    }

    /// Reports settings that do not fit together.
    private mutating func check(_ effective: [String: Setting], _ whole: Place) {
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
        for name in values.mapParameters.keys.sorted() where !self.maps.contains(where: { $0.name == name }) {
            report(
                effective["map_parameters"]?.place ?? whole,
                "found \(Self.shown(name)) in map_parameters, expected names that are in maps")
        }
        checkCache(effective, whole)
        for (name, parameters) in values.mapParameters.sorted(by: { $0.key < $1.key }) {
            guard self.maps.count(where: { $0.name == name }) > 1,
                let parameter = parameters.first(where: \.takesOneTable)
            else { continue }
            report(
                effective["map_parameters"]?.place ?? whole,
                "found several tables of `\(name)` for \(parameter.name), expected a map for each: Postfix goes through all "
                    + "keys of one before it asks the next one")
        }
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

    // MARK: Files

    private mutating func contents(of path: String, namedAt place: Place) -> [UInt8]? {
        switch system.readFile(path) {
        case .success(let contents): return contents
        case .failure(let error):
            report(place, "can't be read: \(error); expected a configuration file")
            return nil
        }
    }

    mutating func report(_ place: Place, _ message: String) {
        let diagnostic = Diagnostic(severity: .error, file: place.file, line: place.line, message: message)
        error = error ?? diagnostic
        diagnostics.append(diagnostic)
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
