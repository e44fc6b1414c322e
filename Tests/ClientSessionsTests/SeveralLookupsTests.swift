// A request that has several lookups, as a search does: it is answered once, and what it no longer needs is given back.

import LookupValues
import Testing

@testable import ClientSessions

@Suite("A request with several lookups")
struct SeveralLookupsTests {
    private let share = FairShare()
    private static let now = Instant(nanoseconds: 0)

    /// Two requests of one client: the first one waits for three lookups, the second one for one.
    private func begin(_ session: inout ClientSession) throws -> [ClientRequest] {
        let bytes = request("m", "a") + request("m", "b")
        guard case .here(from: 0) = session.receive(bytes.span, now: Self.now) else {
            Issue.record("bytes are kept or skipped")
            return []
        }
        var offset = 0
        var requests: [ClientRequest] = []
        for parts in [3, 1] {
            guard
                case .request(let request) = session.next(
                    in: bytes.span, at: &offset, sharing: share, now: Self.now)
            else {
                Issue.record("no request at \(offset)")
                return []
            }
            for part in 0..<parts {
                session.begin(
                    LookupToken(pool: 0, lookup: Int32(10 * requests.count + part)), of: request,
                    part: parts == 1 ? 0 : UInt16(part + 1), map: 7, sharing: share, now: Self.now)
            }
            requests.append(request)
        }
        return requests
    }

    private func sent(by session: inout ClientSession) -> String {
        var text = ""
        _ = session.flush(now: Self.now) { bytes in
            text += String(decoding: [UInt8](copying: bytes), as: UTF8.self)
            return .bytes(bytes.count)
        }
        return text
    }

    @Test(
        "Its outcomes come in any order and answer nothing; its answer gives back the lookups that are left")
    func answer() throws {
        var session = ClientSession(.socketmap, now: Self.now)
        let requests = try begin(&session)
        let settled = session.settle(part: 2, of: requests[0], .notFound, sharing: share)
        #expect(settled.map == 7 && settled.outcome == .notFound)
        _ = session.settle(requests[1].sequence, .found(Array("2".utf8)), sharing: share)
        #expect(sent(by: &session) == "")
        let left = session.answer(requests[0], .found(Array("1".utf8)), withdrawingFrom: share)
        #expect(left.withdrawn.map(\.token.lookup) == [0, 2] && left.withdrawn.map(\.part) == [1, 3])
        #expect(left.outcome == .found(Array("1".utf8)))
        #expect(sent(by: &session) == "4:OK 1,4:OK 2,")
        #expect(!session.isWaiting && session.end(sharing: share) == [])
    }

    @Test("Its answer may come when all its lookups have had theirs")
    func last() throws {
        var session = ClientSession(.socketmap, now: Self.now)
        let requests = try begin(&session)
        for part in [3, 1, 2] as [UInt16] {
            _ = session.settle(part: part, of: requests[0], .notFound, sharing: share)
        }
        #expect(session.answer(requests[0], .notFound, withdrawingFrom: share).withdrawn == [])
        #expect(sent(by: &session) == "9:NOTFOUND ,")
    }

    @Test("A client that goes gives back all its lookups")
    func end() throws {
        var session = ClientSession(.socketmap, now: Self.now)
        _ = try begin(&session)
        #expect(Set(session.end(sharing: share).map(\.token.lookup)) == [0, 1, 2, 10])
    }

    @Test("A request counts once in its client's share, however many lookups it has")
    func countsOnce() throws {
        var session = ClientSession(.socketmap, now: Self.now)
        let requests = try begin(&session)
        #expect(session.waitingRequests == 2)
        for part in [3, 1] as [UInt16] {
            _ = session.settle(part: part, of: requests[0], .notFound, sharing: share)
        }
        #expect(session.waitingRequests == 2)
        _ = session.settle(part: 2, of: requests[0], .notFound, sharing: share)
        #expect(session.waitingRequests == 1)
        _ = session.settle(requests[1].sequence, .notFound, sharing: share)
        #expect(session.waitingRequests == 0)
    }

    @Test(
        "Another lookup may take the place of the one that a request waits for, and the time of the request stays"
    )
    func replacement() throws {
        var session = ClientSession(.socketmap, now: Self.now)
        let requests = try begin(&session)
        #expect(session.begunAt(requests[1].sequence) == Self.now)
        session.replace(lookupOf: requests[1].sequence, by: LookupToken(pool: 4, lookup: 40))
        let settled = session.settle(requests[1].sequence, .notFound, sharing: share)
        #expect(settled.begunAt == Self.now && session.begunAt(requests[1].sequence) == nil)
    }
}
