// The system that this process runs on, for reading a configuration.

package import LookupValues

extension ConfigurationSystem {
    /// Users and groups are looked up as getpwnam(3) and getgrnam(3) do: to be used while nothing else looks them up.
    package static let local = ConfigurationSystem(
        readFile: { contents(of: $0) }, isReadableByAnyone: { anyoneMayRead($0) },
        userNumber: { Account(named: $0)?.user }, hasGroup: { groupExists($0) })
}

private func contents(of path: String) -> Result<[UInt8], UnreadableFile> {
    do throws(SystemError) {
        return .success(try readFile(at: path))
    } catch {
        return .failure(UnreadableFile("\(error)"))
    }
}
