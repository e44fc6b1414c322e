// What hosts say to a login, taken together.

import Testing

@testable import Databases

@Test("A login is refused where all hosts that answer refuse it")
func loginAnswers() {
    let wrong = LoginAnswer(sqlState: "28P01")
    let absent = LoginAnswer(sqlState: "3D000")
    #expect(LoginAnswer.refusal([]) == nil)
    #expect(LoginAnswer.refusal([.none, .none]) == nil)
    #expect(LoginAnswer.refusal([.none, wrong])?.sqlState == "28P01")
    #expect(LoginAnswer.refusal([wrong, absent])?.sqlState == "28P01")
    #expect(LoginAnswer.refusal([wrong, .accepted]) == nil)
    #expect(["28000", "28P01", "3D000", "42501"].allSatisfy { LoginRefusal(sqlState: $0) != nil })
    // Full is in: the server counts connections after it has let the user in.
    #expect(LoginAnswer(sqlState: "53300") == .accepted)
    for other in ["", "57P03", "08P01", "XX000", "42P01"] {
        #expect(LoginAnswer(sqlState: other) == .none)
    }
}
