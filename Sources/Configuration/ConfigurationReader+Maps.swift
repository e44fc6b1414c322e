// Reads the maps of a configuration and the files of their tables.

internal import LookupTables
internal import LookupValues

extension ConfigurationReader {
    mutating func readMaps(_ setting: Setting) {
        var names: Set<String> = []
        for word in MapEntry.words(setting.value) {
            guard let entry = Self.entry(word) else {
                report(
                    setting.place,
                    "found \(Self.shown(word)) in maps, expected pgsql:/absolute/path.cf, "
                        + "NAME=pgsql:/absolute/path.cf, or NAME={…} with several different pgsql:/absolute/path.cf"
                )
                continue
            }
            let name = entry.name
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
            for path in entry.paths {
                readTable(path, namedAt: setting.place)
                maps.append((name, path))
            }
        }
    }

    /// Adds the maps to the configuration, when it is known what their files must satisfy.
    mutating func addMaps() {
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
    static func shown(_ word: String) -> String {
        mayHoldPassword(word) ? "an entry that is not shown, as a password may be in it," : "`\(word)`"
    }

    /// Whether a value belongs into a table's file.
    static func isConnectionString(_ value: String) -> Bool {
        ConnectionString.isURI(value) || value.contains("@") || value.lowercased().contains("password")
    }

    static func mayHoldPassword(_ text: String) -> Bool {
        text.contains("://") || text.unicodeScalars.contains { "@?&".unicodeScalars.contains($0) }
    }

    /// Nil also for a URI that libpq would accept, apart from its scheme.
    private static func entry(_ word: String) -> MapEntry? {
        guard let entry = MapEntry(word),
            !entry.paths.contains(where: { $0.hasPrefix("//") && mayHoldPassword($0) })
        else { return nil }
        return entry
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
    mutating func warnOfPasswords() {
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
}

extension DatabaseLogin {
    fileprivate func differsInPassword(from other: DatabaseLogin) -> Bool {
        guard let password, let others = other.password else { return false }
        return host == other.host && sharesDatabase(with: other) && password != others
    }
}
