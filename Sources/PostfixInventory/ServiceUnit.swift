// The user that systemd starts mapmux as, from the text of its unit and what an administrator has put beside that.

package enum ServiceUnit {
    package static let name = "mapmux.service"
    /// For a Postfix instance.
    package static let template = "mapmux@.service"

    /// Where units are, the more important ones first; see systemd.unit(5).
    package static let directories = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]

    /// The last `User=` of section Service that is not taken back.
    ///
    /// - Parameter texts: the unit, and behind it its drop-ins in the order that they count in.
    /// - Returns: nil where the service is root's.
    package static func user(in texts: [String]) -> String? {
        var user: String?
        for text in texts {
            var isService = false
            for line in text.split(whereSeparator: \.isNewline) {
                let line = line.trimmingBlanks
                if line.hasPrefix("[") {
                    isService = line == "[Service]"
                } else if isService, let equals = line.firstIndex(of: "="),
                    line[..<equals].trimmingBlanks == "User"
                {
                    let value = line[line.index(after: equals)...].trimmingBlanks
                    user = value.isEmpty ? nil : value
                }
            }
        }
        return user
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate var trimmingBlanks: String {
        var text = self[...].drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
