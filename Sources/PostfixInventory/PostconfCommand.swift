// Commands that put other tables into main.cf and master.cf, for a shell.

/// Writes postconf(1) and postfix(1) commands for one Postfix instance.
struct PostconfCommand {
    /// Given to -c; nil for the default instance.
    let configurationDirectory: String?
    /// The postconf(1) of that Postfix; nil for the one that the shell finds.
    var program: String?

    func set(_ parameter: String, _ value: String) -> String {
        "\(postconf)\(instance) -e \(Self.quoted("\(parameter) = \(value)"))"
    }

    /// Sets an override in master.cf, for which postconf(1) takes no value with blanks. In lists commas do as well. If there
    /// are braces, which may hold more than lists, the value goes into a parameter of main.cf made for it.
    func setOverride(_ service: String, _ parameter: String, _ value: String) -> [String] {
        let words = value.split { $0 == " " || $0 == "\t" || $0 == "," }
        let isList = !value.contains { "{}()".contains($0) }
        if isList || !value.contains(where: { $0 == " " || $0 == "\t" }) {
            return [override(service, parameter, isList ? words.joined(separator: ",") : value)]
        }
        let name = Self.parameterName("mapmux_\(service)_\(parameter)")
        return [set(name, value), override(service, parameter, "$\(name)")]
    }

    func remove(_ parameter: String) -> String {
        "\(postconf)\(instance) -X \(parameter)"
    }

    var reload: String { "\(postfix)\(instance) reload" }

    private var postconf: String { program.map { Self.quoted($0) } ?? "postconf" }

    /// The command of this name beside the given postconf(1).
    private var postfix: String {
        guard let program, let slash = program.lastIndex(of: "/") else { return "postfix" }
        return Self.quoted(program[...slash] + "postfix")
    }

    private func override(_ service: String, _ parameter: String, _ value: String) -> String {
        "\(postconf)\(instance) -P \(Self.quoted("\(service)/\(parameter)=\(value)"))"
    }

    private var instance: String {
        configurationDirectory.map { " -c \(Self.quoted($0))" } ?? ""
    }

    private static func parameterName(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// One word for sh(1).
    static func quoted(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-:=,".contains($0)) }
        if isPlain && !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}
