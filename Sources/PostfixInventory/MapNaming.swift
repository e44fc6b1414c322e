// Names for the maps: those that they would have in mapmux.conf, made unique.

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
