// The user that a command acts as: the daemon's, so that the command finds what the daemon would find.

internal import ArgumentParser
internal import EventLoop
// For the names of drop-ins.
internal import FoundationEssentials
internal import PostfixInventory

struct DaemonUser: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The user to act as. Of root, with the configuration of a service, it is the one that the service runs as.",
            valueName: "name"))
    var user: String?

    /// Makes this process act as that user, and reports it.
    ///
    /// - Parameter configurationFile: determines the service.
    func assume(for configurationFile: String) throws {
        let unit = user == nil && Account.current == 0 ? ServiceUnit(serving: configurationFile) : nil
        let texts = unit.map(Self.texts) ?? []
        guard let name = user ?? ServiceUnit.user(in: texts) else { return }
        let (group, others) = (ServiceUnit.group(in: texts), ServiceUnit.otherGroups(in: texts))
        guard let account = Account(named: name, group: group, others: others) else {
            let groups = ([group].compactMap(\.self) + others).map { " and group `\($0)`" }.joined()
            complain("found no user `\(name)`\(groups), expected what mapmux runs as")
            throw ExitCode.configurationError
        }
        if account.user == Account.current { return }
        // Only root may be able to read the files that the service manager reads.
        let environment = unit.map { Self.environment(of: $0, texts) } ?? []
        do {
            try account.become(with: environment)
        } catch {
            complain("can't act as user \(name): \(error); expected to be root")
            throw ExitCode.notPermitted
        }
        complain(
            "acts as user \(account.name)"
                + (unit.map { ", as \($0.name) does; --user chooses another" } ?? ""))
    }

    private static func environment(
        of unit: ServiceUnit, _ texts: [String]
    ) -> [(name: String, value: String)] {
        unit.environment(in: texts)
            + unit.environmentFiles(in: texts).flatMap { text($0).map(ServiceUnit.assignments) ?? [] }
    }

    /// Whether a unit is installed.
    static func hasUnit(_ unit: ServiceUnit) -> Bool { text(of: unit) != nil }

    private static func text(of unit: ServiceUnit) -> String? {
        // An instance's own file comes first, in any directory.
        [unit.name, unit.template].lazy.flatMap { name in
            ServiceUnit.directories.lazy.compactMap { text("\($0)/\(name)") }
        }.first
    }

    private static func text(_ path: String) -> String? {
        (try? readFile(at: path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The unit and its drop-ins, in the order in which they apply; empty if the unit is not installed.
    static func texts(of unit: ServiceUnit) -> [String] {
        guard let text = text(of: unit) else { return [] }
        // Of drop-ins with the same name the instance's applies, and then the first directory's. All are sorted by name.
        var dropIns: [String: String] = [:]
        for name in [unit.name, unit.template] {
            for directory in ServiceUnit.directories.map({ "\($0)/\(name).d" }) {
                let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
                for file in files where file.hasSuffix(".conf") && dropIns[file] == nil {
                    dropIns[file] = Self.text("\(directory)/\(file)")
                }
            }
        }
        return [text] + dropIns.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension ExitCode {
    /// EX_NOPERM of sysexits(3).
    static let notPermitted = ExitCode(77)
}
