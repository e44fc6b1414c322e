// Which users' clients are let in, and which go when a reload names others.

import DaemonTestSupport
import LookupValues
import Testing

@testable import LookupWorker

private let (own, mail, archive, third): (UInt32, UInt32, UInt32, UInt32) = (100, 1, 2, 3)

/// Lets in as many clients of the user as may come.
private func fill(_ users: inout ClientUsers, with user: UInt32, room: Int) -> Int {
    var count = 0
    while count < room, users.admission(of: user, room: room) == .admitted {
        users.begin(user)
        count += 1
    }
    return count
}

@Test("Without names everybody is allowed, and may take all")
func withoutNamesEverybodyIsAllowedAndMayTakeAll() {
    var users = ClientUsers(own: own)
    #expect(users.admission(of: nil, room: 10) == .admitted)
    #expect(fill(&users, with: mail, room: 10) == 10)
}

@Test("With names others are not allowed, but for root and the daemon's own")
func withNamesOthersAreNotAllowedButForRootAndTheDaemonsOwn() {
    var users = ClientUsers(own: own)
    users.allowed = [mail]
    let admissions = [0, own, mail, archive, nil].map { users.admission(of: $0, room: 10) }
    #expect(admissions == [.admitted, .admitted, .admitted, .notAllowed, .notAllowed])
}

@Test("The only user that is named may take all")
func theOnlyUserThatIsNamedMayTakeAll() {
    var users = ClientUsers(own: own)
    users.allowed = [mail]
    #expect(fill(&users, with: mail, room: 10) == 10)
}

@Test(
    "Of two users each has a twentieth that the other does not get",
    arguments: [(1000, 50), (100, 5), (20, 1), (4, 1), (3, 1)])
func ofTwoUsersEachHasATwentiethThatTheOtherDoesNotGet(room: Int, kept: Int) {
    var users = ClientUsers(own: own)
    users.allowed = [mail, archive]
    #expect(fill(&users, with: mail, room: room) == room - kept)
    #expect(users.admission(of: mail, room: room) == .shareUsed)
    // Nor does root get it, whom it does not name.
    #expect(users.admission(of: 0, room: room) == .shareUsed)
    #expect(fill(&users, with: archive, room: room) == kept)
    #expect(users.admission(of: mail, room: room) == .shareUsed)
    users.end(mail)
    #expect(users.admission(of: archive, room: room) == .admitted)
    #expect(users.admission(of: mail, room: room) == .admitted)
}

@Test("Two users together do not take the third one's part")
func twoUsersTogetherDoNotTakeTheThirdOnesPart() {
    var users = ClientUsers(own: own)
    users.allowed = [mail, archive, third]
    let first = fill(&users, with: mail, room: 60)
    let second = fill(&users, with: archive, room: 60)
    #expect((first, second) == (56, 2))
    #expect(fill(&users, with: third, room: 60) == 2)
}

@Test("Clients of a user that is no longer allowed get their answers, and are closed")
func clientsOfAUserThatIsNoLongerAllowedGetTheirAnswersAndAreClosed() throws {
    let scene = try SessionScene()
    scene.sessions.allow([mail, archive])
    let idle = try scene.connect(of: archive)
    let asking = try scene.connect(of: archive)
    let staying = try scene.connect(of: mail)
    scene.exchange(request("good", "first"), with: asking)
    scene.sessions.allow([mail])
    scene.exchange(request("unknown", "second"), with: asking)
    idle.receiveAll()
    #expect(idle.isClosed && !asking.isClosed && asking.replies == [])
    scene.answer(0, of: 1, .found(Array("value".utf8)))
    scene.turns()
    asking.receiveAll()
    #expect(asking.isClosed && asking.replies == ["OK value"])
    scene.exchange(request("unknown", "key"), with: staying)
    #expect(!staying.isClosed && staying.replies == [unknown("unknown")])
    #expect(scene.sessions.count == 1)
}
