// Turns the parameters of a pgsql_table(5) file into a table, and reports all that is wrong with them.

/// Reads one file, as pgsql_parse_config() in dict_pgsql(3) does, but goes on after an error.
package struct TableDefinitionReader {
    private let parameters: ParameterFile
    private let defaultEncoding: String
    private var diagnostics: [Diagnostic] = []
    /// Of the parameter that the query comes from.
    private var queryLine: Int?

    /// Reads a table definition. Every parameter that is wrong is reported, not only the first.
    ///
    /// - Parameters:
    ///   - file: the file's name, for the diagnostics.
    ///   - contents: its text.
    ///   - defaultEncoding: that of a file without `encoding`.
    ///   - readFile: gives the contents of a `/file/name` in `domain`; nil if it can't be read.
    /// - Returns: nil if any error was added to the diagnostics.
    package static func read(
        file: String, contents: [UInt8], defaultEncoding: String = "UTF8", readFile: (String) -> [UInt8]?,
        diagnostics: inout [Diagnostic]
    ) -> TableDefinition? {
        var reader = TableDefinitionReader(file: file, contents: contents, defaultEncoding: defaultEncoding)
        let table = reader.read(readFile: readFile)
        diagnostics += reader.diagnostics
        return reader.diagnostics.contains { $0.severity == .error } ? nil : table
    }

    /// The `retry_interval` of a file that may be wrong elsewhere; the default if it can't be told.
    package static func retryInterval(in contents: [UInt8]) -> Int {
        var diagnostics: [Diagnostic] = []
        let file = ParameterFile(path: "", contents: contents, diagnostics: &diagnostics)
        guard let value = file["retry_interval"]?.value, let seconds = ParameterValue.seconds(value),
            seconds > 0
        else { return TableDefinition.defaultRetryInterval }
        return seconds
    }

    private init(file: String, contents: [UInt8], defaultEncoding: String) {
        self.defaultEncoding = defaultEncoding
        parameters = ParameterFile(path: file, contents: contents, diagnostics: &diagnostics)
    }

    /// Nil only if an error was diagnosed.
    private mutating func read(readFile: (String) -> [UInt8]?) -> TableDefinition? {
        judgeUnknownNames()
        let target = readTarget()
        let template = readTemplate()
        let resultFormat = readResultFormat()
        let expansionLimit = readExpansionLimit()
        let retryInterval = readInterval("retry_interval")
        let idleInterval = readInterval("idle_interval")
        let domains = readDomains(readFile: readFile)
        guard let template, let resultFormat else { return nil }
        return TableDefinition(
            file: parameters.path, hostsLine: parameters["hosts"]?.line, queryLine: queryLine, target: target,
            template: template, resultFormat: resultFormat,
            expansionLimit: expansionLimit,
            retryInterval: retryInterval ?? TableDefinition.defaultRetryInterval, idleInterval: idleInterval,
            domains: domains)
    }

    /// Other unknown names are ignored, as Postfix ignores them, with a warning for those that look meant.
    private mutating func judgeUnknownNames() {
        for parameter in parameters.parameters {
            if parameter.name.hasPrefix("mapmux_") {
                report(
                    .error, parameter, "found `\(parameter.name)`, expected no name that begins with mapmux_")
            } else if let remark = IgnoredNames.remark(on: parameter.name) {
                report(.warning, parameter, remark, .ignoredName)
            }
        }
    }

    private mutating func readTarget() -> Target {
        let hosts = readHosts()
        let database = text("dbname")
        // An empty list has a host in error, which may have been meant to be a URI.
        let needsDatabase = hosts.contains { if case .uri = $0 { false } else { true } }
        if needsDatabase && database == nil {
            report(
                .error, parameters["dbname"],
                "found no database in `dbname`, expected its name (only a table whose hosts are all "
                    + "postgresql:// URIs needs none)")
        }
        if let encoding = parameters["encoding"] {
            if encoding.value.isEmpty {
                report(.error, encoding, "found an empty `encoding`, expected one such as UTF8")
            } else if !ClientEncoding.isKnown(encoding.value) {
                report(
                    .error, encoding,
                    "found `encoding = \(encoding.value)`, expected an encoding that PostgreSQL has for clients, such as UTF8"
                )
            }
        }
        return Target(
            hosts: hosts, user: text("user"), password: text("password"), database: database,
            encoding: text("encoding") ?? defaultEncoding)
    }

    private mutating func readHosts() -> [DatabaseHost] {
        guard let parameter = parameters["hosts"] else { return [.tcp(host: "localhost", port: nil)] }
        let words = ParameterValue.words(parameter.value)
        guard !words.isEmpty else { return [.tcp(host: "localhost", port: nil)] }
        var hosts: [DatabaseHost] = []
        for (index, word) in words.enumerated() {
            if Self.isRestOfURI(word, after: words[..<index]) {
                report(
                    .error, parameter,
                    "hosts: found a URI that a comma or blank cuts off, expected %2C for a comma inside a URI, as in "
                        + "postgresql:///db?host=a%2Cb&target_session_attrs=read-write")
                return hosts
            }
            do {
                hosts.append(try DatabaseHost(word))
            } catch {
                report(.error, parameter, "hosts: \(error)")
            }
        }
        return hosts
    }

    /// Whether a word can only be the rest of a URI behind a comma. To libpq a comma in a URI separates hosts; to Postfix it
    /// ends the URI. What the rest demands, a server that takes writes for instance, would be lost in silence.
    private static func isRestOfURI(_ word: String, after words: ArraySlice<String>) -> Bool {
        func isURI(_ word: String) -> Bool { if case .uri? = try? DatabaseHost(word) { true } else { false } }
        guard words.contains(where: isURI), !isURI(word) else { return false }
        if word.unicodeScalars.contains(where: { "?&=".unicodeScalars.contains($0) }) { return true }
        return !word.hasPrefix("/") && !word.hasPrefix("unix:") && word.unicodeScalars.contains("/")
    }

    /// `query` wins over `select_function`, and this over `table`; an empty one counts as absent.
    private mutating func readTemplate() -> QueryTemplate? {
        if let query = parameters["query"], !query.value.isEmpty {
            return compile(query.value, query, name: "query")
        }
        if let function = parameters["select_function"], !function.value.isEmpty {
            return compile("SELECT \(function.value)('%s')", function, name: "query from select_function")
        }
        return readTemplateFromFields()
    }

    /// The oldest interface; see db_common_sql_build_query().
    private mutating func readTemplateFromFields() -> QueryTemplate? {
        guard let table = text("table"), let field = text("select_field"), let key = text("where_field")
        else {
            let missing = ["table", "select_field", "where_field"].filter { text($0) == nil }
            report(
                .error, parameters["query"],
                missing.count == 3
                    ? "found no `query`, expected one such as SELECT … WHERE … = '%s'"
                    : "found no `query` and no \(missing.map { "`\($0)`" }.joined(separator: ", ")), "
                        + "expected `query`")
            return nil
        }
        return compile(
            "SELECT \(field) FROM \(table) WHERE \(key)='%s' \(text("additional_conditions") ?? "")",
            parameters["table"], name: "query from table, select_field, where_field, additional_conditions")
    }

    private mutating func compile(
        _ text: String, _ parameter: ParameterFile.Parameter?, name: String
    ) -> QueryTemplate? {
        do {
            let template = try QueryTemplate.compile(text)
            queryLine = parameter?.line
            if template.parameterCount == 0 {
                report(
                    .warning, parameter,
                    "\(name): found no placeholder, so that it is the same for every key; "
                        + "expected '%s' or another")
            }
            return template
        } catch {
            var code: Diagnostic.Code?
            if case .placeholder = error { code = .injectable }
            report(.error, parameter, "\(name): \(error)", code)
            return nil
        }
    }

    private mutating func readResultFormat() -> ResultFormat? {
        let parameter = parameters["result_format"]
        if let parameter, parameter.value.isEmpty {
            report(.error, parameter, "found an empty `result_format`, expected one such as %s")
            return nil
        }
        do {
            return try ResultFormat.compile(parameter?.value ?? "%s")
        } catch {
            report(.error, parameter, "result_format: \(error)")
            return nil
        }
    }

    /// Postfix takes any integer, and a negative one for no limit.
    private mutating func readExpansionLimit() -> Int {
        guard let parameter = parameters["expansion_limit"] else { return 0 }
        guard let limit = Int32(parameter.value) else {
            report(.error, parameter, "found the expansion_limit `\(parameter.value)`, expected a number")
            return 0
        }
        if limit < 0 {
            report(
                .warning, parameter,
                "found a negative expansion_limit, which means no limit; expected 0 or more")
        }
        return Int(max(limit, 0))
    }

    /// Postfix wants plain seconds here; a unit is accepted as everywhere else in main.cf.
    private mutating func readInterval(_ name: String) -> Int? {
        guard let parameter = parameters[name] else { return nil }
        guard let seconds = ParameterValue.seconds(parameter.value), seconds > 0 else {
            report(
                .error, parameter, "found the \(name) `\(parameter.value)`, expected seconds, at least 1")
            return nil
        }
        return seconds
    }

    private mutating func readDomains(readFile: (String) -> [UInt8]?) -> DomainFilter? {
        guard let parameter = parameters["domain"], !parameter.value.isEmpty else { return nil }
        return DomainFilter(parameter.value, readFile: readFile) { severity, message in
            report(severity, parameter, "domain: \(message)")
        }
    }

    /// The value of a parameter; nil if it is absent or empty, which are the same for these.
    private func text(_ name: String) -> String? {
        guard let value = parameters[name]?.value, !value.isEmpty else { return nil }
        return value
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ parameter: ParameterFile.Parameter?, _ message: String,
        _ code: Diagnostic.Code? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                severity: severity, file: parameters.path, line: parameter?.line, message: message, code: code
            ))
    }
}
