// mapmux.conf, from a real file, as the daemon reads it.

internal import EventLoop
internal import Glibc
internal import LookupTables
internal import LookupValues

@testable internal import Configuration

/// mapmux.conf and options of the command line; DIR stands for a directory with a table.
func fuzzConfiguration(_ input: [UInt8]) {
    let parts = input.parts(2)
    // No file of this machine.
    guard let text = parts[0].text, !text.contains("pgsql:/"), !text.contains("..") else { return }
    let options = String(decoding: parts[1], as: UTF8.self)
    guard !options.contains("pgsql:/"), !options.contains(".."), !options.contains("\0") else { return }
    let file = "\(directory)/mapmux.conf"
    write(Array(text.replacing("DIR", with: directory).utf8), to: file)
    let overrides = options.split(separator: "\n").map {
        String($0).replacing("DIR", with: directory)
    }
    let source = ConfigurationSource(file: file, overrides: overrides, system: .local)

    var diagnostics: [Diagnostic] = []
    let configuration = source.read(diagnostics: &diagnostics)
    for diagnostic in diagnostics { checkDiagnostic(diagnostic) }
    let isUsable = source.readForUse { _ in } != nil
    let isInTrouble = configuration.maps.contains { $0.trouble != nil }
    check(
        (isUsable && !isInTrouble) == !diagnostics.contains { $0.severity == .error },
        "usable with errors, or not without")
    let names = configuration.maps.map(\.name)
    check(Set(names).count == names.count, "two maps of one name")
    for map in configuration.maps {
        check((map.place == nil) == (map.trouble != nil), "a map with a table and trouble, or with neither")
        guard let place = map.place else { continue }
        check(configuration.pools[place.pool].tables.indices.contains(place.table), "a map without a table")
    }
    guard isUsable else { return }
    let settings = configuration.settings
    check(!configuration.maps.isEmpty, "usable without a map")
    check(
        (1...1_000).contains(settings.poolSize) && settings.workers <= settings.poolSize, "pools or workers")
    check(settings.lookupTimeout >= 1 && settings.connectTimeout >= 1, "a timeout of nothing")
    check(settings.socketPermissions.mode <= 0o777, "a mode that is none")
    let paths = settings.endpoints.map(\.path)
    check(Set(paths).count == paths.count && paths.allSatisfy { $0.hasPrefix("/") }, "endpoints \(paths)")
}

/// In memory, since every input is written there.
private let directory: String = {
    let path = "/dev/shm/mapmux-fuzz-\(getpid())"
    guard unsafe mkdir(path, 0o700) == 0 else { fatalError("cannot make \(path)") }
    atexit {
        for name in ["mapmux.conf", "good.cf", "bad.cf"] { unsafe unlink("\(directory)/\(name)") }
        unsafe rmdir(directory)
    }
    write(Array("dbname = d\nhosts = h\nquery = SELECT '%s'\n".utf8), to: "\(path)/good.cf")
    write(Array("query = SELECT %s\n".utf8), to: "\(path)/bad.cf")
    return path
}()

private func write(_ bytes: [UInt8], to path: String) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    check(file >= 0, "cannot write \(path)")
    check(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
    close(file)
}
