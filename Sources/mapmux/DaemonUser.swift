// The user that a command acts as: the daemon's, so that it finds what the daemon would find.

internal import ArgumentParser
internal import EventLoop
// For the names of drop-ins.
internal import FoundationEssentials
internal import PostfixInventory

struct DaemonUser: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The user to act as. Of root, with the default configuration, it is the one that mapmux.service runs as.",
            valueName: "name"))
    var user: String?

    /// Has this process be that user's, and says so.
    ///
    /// - Parameter configurationFile: another one than the default is not that of the service.
    func assume(for configurationFile: String) throws {
        let isService = Account.current == 0 && configurationFile == ConfigurationOptions.defaultFile
        guard let name = user ?? (isService ? Self.unitUser() : nil) else { return }
        guard let account = Account(named: name) else {
            complain("found no user `\(name)`, expected the one that mapmux runs as")
            throw ExitCode.configurationError
        }
        if account.user == Account.current { return }
        do {
            try account.become()
        } catch {
            complain("can't act as user \(name): \(error); expected to be root")
            throw ExitCode.notPermitted
        }
        complain(
            "acts as user \(name)"
                + (user == nil ? ", as \(ServiceUnit.name) does; --user chooses another" : ""))
    }

    /// Whether the service is installed.
    ///
    /// - Parameter name: that of its unit.
    static func hasUnit(_ name: String) -> Bool { unit(name) != nil }

    private static func unit(_ name: String) -> String? {
        ServiceUnit.directories.lazy.compactMap { text("\($0)/\(name)") }.first
    }

    private static func text(_ path: String) -> String? {
        (try? readFile(at: path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whom the unit names; nil where there is no unit, or it is root's.
    private static func unitUser() -> String? {
        guard let unit = unit(ServiceUnit.name) else { return nil }
        let directories = ServiceUnit.directories
        // Of drop-ins with the same name the first directory's counts; all of them by name.
        var dropIns: [String: String] = [:]
        for directory in directories.map({ "\($0)/\(ServiceUnit.name).d" }) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            for name in names where name.hasSuffix(".conf") && dropIns[name] == nil {
                dropIns[name] = text("\(directory)/\(name)")
            }
        }
        return ServiceUnit.user(in: [unit] + dropIns.sorted { $0.key < $1.key }.map(\.value))
    }
}

extension ExitCode {
    /// EX_NOPERM of sysexits(3).
    static let notPermitted = ExitCode(77)
}
