// Listening sockets and their files: permissions, what may be in the way, and who removes what.

import Dispatch
import EventLoop
import Foundation
import Glibc
import LookupValues
import Synchronization
import Testing
import ThrowawayServers

/// The name and the number of a group that a file of this process can be given: not its own where privileges allow it.
private func otherGroup() -> (name: String, number: gid_t)? {
    let found = geteuid() == 0 ? unsafe getgrnam("daemon") : unsafe getgrgid(getegid())
    guard let group = unsafe found?.pointee else { return nil }
    return unsafe (String(cString: group.gr_name), group.gr_gid)
}

// MARK: Permissions

@Test(
    "A socket file has the mode, whatever the umask",
    arguments: [0o000, 0o600, 0o660, 0o666, 0o777] as [UInt32])
func aSocketFileHasTheModeWhateverTheUmask(mode: UInt32) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    let socket = try ListeningSocket(path: path, permissions: SocketPermissions(mode: mode, group: nil))
    let status = try #require(fileStatus(of: path))
    #expect(status.st_mode & S_IFMT == S_IFSOCK)
    #expect(status.st_mode & 0o7777 == mode)
    let found = try socket.apply(SocketPermissions(mode: 0o640, group: nil))
    #expect(fileStatus(of: path)!.st_mode & 0o7777 == 0o640)
    socket.restore(try #require(found))
    #expect(fileStatus(of: path)!.st_mode & 0o7777 == mode)
}

/// In one test, since getgrnam(3) has one buffer for all threads.
@Test("A socket file has the group, and an unknown one leaves no file")
func aSocketFileHasTheGroupAndAnUnknownOneLeavesNoFile() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    let (name, group) = try #require(otherGroup())
    #expect(geteuid() != 0 || group != getegid())
    do {
        let socket = try ListeningSocket(
            path: path, permissions: SocketPermissions(mode: 0o660, group: name))
        let status = try #require(fileStatus(of: path))
        #expect(status.st_gid == group)
        #expect(status.st_uid == geteuid())
        #expect(status.st_mode & 0o7777 == 0o660)
        #expect(throws: ListenError.unknownGroup("no such group")) {
            try socket.apply(SocketPermissions(mode: 0o666, group: "no such group"))
        }
        #expect(fileStatus(of: path)!.st_mode & 0o7777 == 0o660)
    }
    #expect(throws: ListenError.unknownGroup("no such group")) {
        try ListeningSocket(path: path, permissions: SocketPermissions(mode: 0o660, group: "no such group"))
    }
    #expect(!exists(path))
}

// MARK: What is in the way

@Test("A socket file that nobody listens on is replaced")
func aSocketFileThatNobodyListensOnIsReplaced() throws {
    let directory = try TemporaryDirectory()
    let (path, stale) = ("\(directory.path)/s", "\(directory.path)/stale")
    do {
        let socket = try ListeningSocket(path: path, permissions: forAll)
        #expect(unsafe link(socket.path, stale) == 0)
    }
    #expect(!exists(path))
    #expect(throws: SystemError(call: "connect", code: ECONNREFUSED)) { _ = try connectToSocket(at: stale) }
    let socket = try ListeningSocket(path: stale, permissions: forAll)
    #expect(try reaches(socket))
}

@Test("A socket that someone listens on is left alone")
func aSocketThatSomeoneListensOnIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    let socket = try ListeningSocket(path: path, permissions: forAll)
    #expect(throws: ListenError.inUse) { try ListeningSocket(path: path, permissions: forAll) }
    // The attempt has knocked at the door; it counts as a client that has gone again.
    _ = try socket.accept()
    #expect(try reaches(socket))
}

@Test("A file that is no socket is left alone")
func aFileThatIsNoSocketIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("s", "precious")
    #expect(throws: ListenError.notASocket) { try ListeningSocket(path: path, permissions: forAll) }
    #expect(try readFile(at: path) == Array("precious".utf8))
    #expect(throws: ListenError.notASocket) { try ListeningSocket(path: directory.path, permissions: forAll) }
}

@Test("A link is not followed")
func aLinkIsNotFollowed() throws {
    let directory = try TemporaryDirectory()
    let (path, name) = ("\(directory.path)/s", "\(directory.path)/link")
    #expect(unsafe symlink(path, name) == 0)
    #expect(throws: ListenError.notASocket) { try ListeningSocket(path: name, permissions: forAll) }
    #expect(!exists(path))
}

@Test("A path of 107 bytes is the longest")
func aPathOf107BytesIsTheLongest() throws {
    let directory = try TemporaryDirectory()
    let longest = directory.path + "/" + String(repeating: "s", count: 107 - directory.path.utf8.count - 1)
    #expect(longest.utf8.count == 107)
    #expect(try reaches(ListeningSocket(path: longest, permissions: forAll)))
    #expect(throws: ListenError.pathTooLong) { try ListeningSocket(path: longest + "s", permissions: forAll) }
    #expect(!exists(longest) && !exists(longest + "s"))
}

@Test("A directory that is not there is an error")
func aDirectoryThatIsNotThereIsAnError() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ListenError.system(SystemError(call: "open", code: ENOENT))) {
        try ListeningSocket(path: "\(directory.path)/none/s", permissions: forAll)
    }
}

@Test("Reasons are sentences without the path")
func reasonsAreSentencesWithoutThePath() {
    #expect(ListenError.inUse.description == "another process is listening on it")
    #expect(ListenError.unknownGroup("mail").description == "there is no group mail")
    #expect(ListenError.pathTooLong.description.contains("107 bytes"))
    #expect(
        ListenError.system(SystemError(call: "bind", code: EACCES)).description == "bind: Permission denied")
}

@Test("Of many that find the same stale file, one listens")
func ofManyThatFindTheSameStaleFileOneListens() throws {
    let directory = try TemporaryDirectory()
    for round in 0..<50 {
        let path = "\(directory.path)/s\(round)"
        do {
            let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
            #expect(unsafe link(socket.path, path) == 0)
        }
        let outcomes = Mutex<[Result<ListeningSocket, ListenError>]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let outcome = Result { () throws(ListenError) in
                try ListeningSocket(path: path, permissions: forAll)
            }
            outcomes.withLock { $0.append(outcome) }
        }
        let all = outcomes.withLock { $0 }
        let sockets = all.compactMap { try? $0.get() }
        #expect(sockets.count == 1)
        #expect(
            all.allSatisfy {
                if case .failure(let error) = $0 { error == .inUse } else { true }
            })
        #expect(try connectToSocket(at: path).raw >= 0)
        withExtendedLifetime(sockets) {}
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
}

@Test("A lock that an ended process has left is taken")
func aLockThatAnEndedProcessHasLeftIsTaken() throws {
    let directory = try TemporaryDirectory()
    try directory.write(".s.lock", "")
    let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    #expect(try reaches(socket))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["s"])
}

@Test("A lock that is a link is not followed")
func aLockThatIsALinkIsNotFollowed() throws {
    let directory = try TemporaryDirectory()
    let lock = "\(directory.path)/.s.lock"
    #expect(unsafe symlink("\(directory.path)/elsewhere", lock) == 0)
    #expect(throws: ListenError.lock(lock, SystemError(call: "openat", code: ELOOP))) {
        try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    }
    #expect(!exists("\(directory.path)/elsewhere"))
}

// MARK: Directories that others may write to

@Test("What is put in the socket's place is neither changed nor removed")
func whatIsPutInTheSocketsPlaceIsNeitherChangedNorRemoved() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    let precious = try directory.write("precious", "precious")
    #expect(unsafe chmod(precious, 0o600) == 0)
    var socket: ListeningSocket? = try ListeningSocket(path: path, permissions: forAll)
    #expect(unsafe rename(path, "\(directory.path)/moved") == 0)
    #expect(unsafe symlink(precious, path) == 0)
    let (name, group) = try #require(otherGroup())
    let found = try socket?.apply(SocketPermissions(mode: 0o660, group: name))
    #expect(fileStatus(of: precious)!.st_mode & 0o7777 == 0o600)
    #expect(geteuid() != 0 || fileStatus(of: precious)!.st_gid != group)
    // It was the socket's that were meant.
    #expect(fileStatus(of: "\(directory.path)/moved")!.st_mode & 0o7777 == 0o660)
    #expect(fileStatus(of: "\(directory.path)/moved")!.st_gid == group)
    socket?.restore(try #require(found))
    #expect(fileStatus(of: precious)!.st_mode & 0o7777 == 0o600)
    #expect(fileStatus(of: "\(directory.path)/moved")!.st_mode & 0o7777 == 0o666)
    socket = nil
    #expect(exists(path) && exists(precious))
}

@Test("A directory that is put in the other one's place is left alone")
func aDirectoryThatIsPutInTheOtherOnesPlaceIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let (one, other) = ("\(directory.path)/one", "\(directory.path)/other")
    for place in [one, other] { #expect(unsafe mkdir(place, 0o755) == 0) }
    var socket: ListeningSocket? = try ListeningSocket(path: "\(one)/s", permissions: forAll)
    let neighbour = try ListeningSocket(
        path: "\(other)/s", permissions: SocketPermissions(mode: 0o600, group: nil))
    #expect(unsafe rename(one, "\(directory.path)/moved") == 0 && symlink(other, one) == 0)
    try socket?.apply(SocketPermissions(mode: 0o640, group: nil))
    #expect(fileStatus(of: neighbour.path)!.st_mode & 0o7777 == 0o600)
    #expect(fileStatus(of: "\(directory.path)/moved/s")!.st_mode & 0o7777 == 0o640)
    socket = nil
    #expect(exists(neighbour.path) && !exists("\(directory.path)/moved/s"))
}

@Test("root listens in no directory that anybody may write to")
func rootListensInNoDirectoryThatAnybodyMayWriteTo() throws {
    let directory = try TemporaryDirectory()
    #expect(unsafe chmod(directory.path, 0o777) == 0)
    if geteuid() != 0 {
        #expect(try reaches(ListeningSocket(path: "\(directory.path)/s", permissions: forAll)))
        return
    }
    let error = ListenError.openDirectory(directory.path, mode: "777")
    #expect(throws: error) { try ListeningSocket(path: "\(directory.path)/s", permissions: forAll) }
    #expect(error.description.contains("\(directory.path) has mode 777"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    #expect(unsafe chmod(directory.path, 0o1777) == 0)
    #expect(try reaches(ListeningSocket(path: "\(directory.path)/s", permissions: forAll)))
}

// MARK: Who removes the file

@Test("The file goes with its socket")
func theFileGoesWithItsSocket() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    var socket: ListeningSocket? = try ListeningSocket(path: path, permissions: forAll)
    #expect(socket.map(\.path) == path)
    #expect(exists(path))
    socket = nil
    #expect(!exists(path))
}

@Test("A successor's file stays")
func aSuccessorsFileStays() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/s"
    var old: ListeningSocket? = try ListeningSocket(path: path, permissions: forAll)
    old?.removeFile()
    #expect(!exists(path))
    let successor = try ListeningSocket(path: path, permissions: forAll)
    old?.removeFile()
    #expect(exists(path))
    old = nil
    #expect(try reaches(successor))
}

@Test("A client that waits is served after the file has gone")
func aClientThatWaitsIsServedAfterTheFileHasGone() throws {
    let directory = try TemporaryDirectory()
    let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    let client = try connectToSocket(at: socket.path)
    socket.removeFile()
    #expect(try acceptsHello(socket, from: client.raw))
}
