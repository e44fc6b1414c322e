// The user and groups as which systemd starts mapmux, and the directories it hides, by the text of unit and drop-ins.

package struct ServiceUnit: Equatable, Sendable {
    /// `mapmux.service`, or `mapmux@out.service` for an instance.
    package let name: String
    /// The unit's own file may have this name, too.
    package let template: String
    /// Nil for the service itself.
    package let instance: String?

    package static let main = ServiceUnit(instance: nil)

    private init(instance: String?) {
        self.instance = instance
        name = instance.map { "mapmux@\($0).service" } ?? "mapmux.service"
        template = instance == nil ? name : "mapmux@.service"
    }

    /// The unit that serves a configuration; nil if none does.
    ///
    /// - Parameter configurationFile: its absolute path.
    package init?(serving configurationFile: String) {
        let (parts, suffix) = (configurationFile.split(separator: "/").filter { $0 != "." }, ".conf")
        guard configurationFile.hasPrefix("/"), parts.dropLast() == ["etc", "mapmux"], let file = parts.last,
            file.hasSuffix(suffix)
        else { return nil }
        let instance = String(file.dropLast(suffix.count))
        guard !instance.isEmpty else { return nil }
        self.init(instance: instance == "mapmux" ? nil : instance)
    }

    /// The directory with Postfix's configuration for this instance.
    package var postfixDirectory: String? { instance.map { "/etc/postfix-\($0)" } }

    /// The directories of units, the more important ones first; see systemd.unit(5).
    package static let directories = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]

    /// The last `User=` of section Service that no later line takes back.
    ///
    /// - Parameter texts: the unit, and behind it its drop-ins in the order that they count in.
    /// - Returns: nil if the service runs as root.
    package static func user(in texts: [String]) -> String? { value(of: "User", in: texts) }

    /// The last `Group=`; nil if the group is the user's own.
    package static func group(in texts: [String]) -> String? { value(of: "Group", in: texts) }

    /// The groups of `SupplementaryGroups=`.
    package static func otherGroups(in texts: [String]) -> [String] {
        values(of: "SupplementaryGroups", in: texts).flatMap { $0.split(separator: " ").map(String.init) }
    }

    /// The directories in which the service sees other files than all other processes do, or none.
    package static func hiddenDirectories(in texts: [String]) -> [String] {
        let (temporary, homes) = (value(of: "PrivateTmp", in: texts), value(of: "ProtectHome", in: texts))
        return (["yes", "true", "on", "1", "disconnected"].contains(temporary) ? ["/tmp", "/var/tmp"] : [])
            + (["yes", "true", "on", "1", "tmpfs"].contains(homes) ? ["/home", "/root", "/run/user"] : [])
    }

    private static func value(of key: String, in texts: [String]) -> String? {
        values(of: key, in: texts).last
    }

    /// The values of a setting in section Service, in order. An empty one takes back all before it.
    static func values(of key: String, in texts: [String]) -> [String] {
        var found: [String] = []
        for text in texts {
            var isService = false
            for line in text.split(whereSeparator: \.isNewline) {
                let line = line.trimmingBlanks
                if line.hasPrefix("[") {
                    isService = line == "[Service]"
                } else if isService, let equals = line.firstIndex(of: "="),
                    line[..<equals].trimmingBlanks == key
                {
                    let value = line[line.index(after: equals)...].trimmingBlanks
                    if value.isEmpty { found = [] } else { found.append(value) }
                }
            }
        }
        return found
    }
}

extension StringProtocol where SubSequence == Substring {
    var trimmingBlanks: String {
        var text = self[...].drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
