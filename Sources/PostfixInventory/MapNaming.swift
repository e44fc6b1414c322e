// Names for the maps: those that they would have in mapmux.conf, made unique.

internal import LookupTables

enum MapNaming {
    /// The file's name without `.cf`. If others have that name, its directory's stands before it, or a number behind it.
    ///
    /// A name has no character that separates names from other text: blanks, commas, `=`, and `:`, at which Postfix splits
    /// `socketmap:unix:path:name`; nor a `#`, which would begin a comment.
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

    /// How `maps` lists a map.
    static func entry(_ map: ListedMap) -> String {
        guard map.tables.count == 1 else {
            return "\(map.name)={\(map.tables.map { "pgsql:\($0)" }.joined(separator: " "))}"
        }
        let table = "pgsql:\(map.tables[0])"
        return MapEntry(table)?.name == map.name ? table : "\(map.name)=\(table)"
    }

    private static func withoutSuffix(_ file: String) -> String {
        file.hasSuffix(".cf") && file != ".cf" ? String(file.dropLast(3)) : file
    }

    private static func clean(_ name: String) -> String {
        String(name.map { ":=#, \t".contains($0) ? "-" : $0 })
    }
}
