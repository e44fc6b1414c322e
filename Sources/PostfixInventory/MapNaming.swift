// Names for the maps: those that mapmux.conf would give them, made unique.

enum MapNaming {
    /// The file's name without `.cf`; with its directory's before it, or a number behind, where others have that name.
    ///
    /// No name has a character that separates things where names are written: blanks, commas, `=`, and `:`, at which
    /// Postfix splits `socketmap:unix:path:name`; nor a `#`, with which a comment would begin.
    static func name(for path: String, taken: [String]) -> String {
        let parts = path.split(separator: "/").map(String.init)
        let file = clean(withoutSuffix(parts.last ?? path))
        var candidates = [file]
        if parts.count > 1 { candidates.append("\(clean(parts[parts.count - 2]))-\(file)") }
        if let free = candidates.first(where: { !taken.contains($0) }) { return free }
        var number = 2
        while taken.contains("\(file)-\(number)") { number += 1 }
        return "\(file)-\(number)"
    }

    /// How `maps` lists a table under a name.
    static func entry(_ name: String, path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return withoutSuffix(file) == name ? "pgsql:\(path)" : "\(name)=pgsql:\(path)"
    }

    private static func withoutSuffix(_ file: String) -> String {
        file.hasSuffix(".cf") && file != ".cf" ? String(file.dropLast(3)) : file
    }

    private static func clean(_ name: String) -> String {
        String(name.map { ":=#, \t".contains($0) ? "-" : $0 })
    }
}
