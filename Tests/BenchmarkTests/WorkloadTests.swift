// What the benchmarks' clients ask for: the distribution of keys, the share of misses, and what must be answered.

import LoadEngine
import LookupValues
import Testing

@Suite("Workloads")
struct WorkloadTests {
    @Test("Zipf's ranks come in proportion to 1, 1/2, 1/3 and so on")
    func zipf() {
        let zipf = Zipf(count: 4)
        // 1 + 1/2 + 1/3 + 1/4 = 25/12: shares of 0.48, 0.24, 0.16 and 0.12.
        let shares = [0.48, 0.24, 0.16, 0.12]
        var counts = [Int](repeating: 0, count: 4)
        let draws = 1 << 16
        // Evenly spread numbers, so that the counts are exact but for rounding.
        for draw in 0..<draws { counts[zipf.rank(UInt32(draw) << 16)] += 1 }
        for (count, share) in zip(counts, shares) {
            #expect(abs(Double(count) - share * Double(draws)) <= 1)
        }
        #expect(zipf.rank(0) == 0)
        #expect(zipf.rank(.max) == 3)
        #expect(Zipf(count: 1).rank(.max) == 0)
    }

    @Test("The unique workload asks for each address once before any comes again, every fiftieth in vain")
    func unique() {
        var workload = Workload(.unique, addresses: 10_000, seed: 1)
        var place = Workload.Place()
        let questions = (0..<20_000).map { _ in workload.next(&place) }
        for question in questions {
            #expect(question.table == .alias)
            #expect(question.isAbsent == (question.number % Question.gap == 0))
        }
        for half in [questions.prefix(10_000), questions.suffix(10_000)] {
            #expect(Set(half.map(\.number)) == Set(1...10_000))
        }
        // In no order that a cache or an index could make use of.
        let steps = zip(questions, questions.dropFirst()).count { abs($0.number - $1.number) < 100 }
        #expect(steps < 600)
    }

    @Test("The hot workload asks for few addresses, each again and again, and every fiftieth is absent")
    func hot() {
        var workload = Workload(.hot, addresses: 100_000, seed: 1)
        var place = Workload.Place()
        var counts: [Int: Int] = [:]
        for _ in 0..<20_000 {
            let question = workload.next(&place)
            #expect(question == Question(address: question.number))
            counts[question.number, default: 0] += 1
        }
        #expect(Set(counts.keys) == Set(1...Workload.hotAddresses))
        #expect(counts.values.allSatisfy { $0 < 60 })
    }

    @Test("Mailmix asks for a message what a relay asks, three tenths of it in vain, and has favourites")
    func mailmix() {
        var workload = Workload(.mailmix, addresses: 100_000, seed: 1)
        var place = Workload.Place()
        var questions: [Question] = []
        for _ in 0..<5_000 {
            let domain = workload.next(&place)
            let address = workload.next(&place)
            questions += [domain, address]
            #expect(domain.subject == .domain)
            #expect(address.subject == .address)
            #expect(address.number % 1_000 == domain.number)
            if address.isAbsent {
                let catchAll = workload.next(&place)
                questions.append(catchAll)
                #expect(catchAll.subject == .catchAll && catchAll.number == domain.number)
            }
            let client = workload.next(&place)
            let transport = workload.next(&place)
            questions += [client, transport]
            #expect(client.subject == .client)
            #expect(transport.subject == .transport && transport.number == domain.number)
        }
        let misses = Double(questions.count { $0.isAbsent }) / Double(questions.count)
        #expect(abs(misses - 0.3) < 0.01)
        var domains: [Int: Int] = [:]
        for question in questions where question.subject == .domain {
            domains[question.number, default: 0] += 1
        }
        // 1 / (1 + 1/2 + … + 1/980) is 0.134.
        #expect((550...790).contains(domains.values.max()!))
        // Addresses that should be there must not be among those that are left out.
        #expect(domains.keys.allSatisfy { $0 % Question.gap != 0 && (1..<1_000).contains($0) })
        #expect(questions.allSatisfy { $0.subject != .address || $0.number <= 100_000 })
    }

    @Test("Entries come again in blocks, all of the same length, and the next ones begin where these end")
    func entries() throws {
        var workload = Workload(entriesFrom: 3_000)
        var place = Workload.Place()
        let questions = (0..<8_000).map { _ in workload.next(&place) }
        #expect(Set(questions.prefix(4_000).map(\.number)) == Set(3_000..<4_000))
        #expect(Set(questions.suffix(4_000).map(\.number)) == Set(4_000..<5_000))
        var counts: [Int: Int] = [:]
        for question in questions {
            counts[question.number, default: 0] += 1
            let value = try #require(question.value)
            #expect(question.key.utf8.count + value.utf8.count == Workload.entryLength)
        }
        #expect(counts.values.allSatisfy { $0 == Workload.entryRepetitions })
        #expect(Workload.entryLength == 40)
    }

    @Test("The same seed makes the same questions, another one others")
    func seeds() {
        func first(_ seed: UInt64) -> [Question] {
            var workload = Workload(.mailmix, addresses: 10_000, seed: seed)
            var place = Workload.Place()
            return (0..<50).map { _ in workload.next(&place) }
        }
        #expect(first(1) == first(1))
        #expect(first(1) != first(2))
    }

    @Test(
        "Each question has its key and its value",
        arguments: [
            (
                Question(.address, 1_234, isAbsent: false), "user1234@example234.com",
                "mbox1234@store4.example.net"
            ),
            (Question(.address, 50, isAbsent: true), "user50@example50.com", nil),
            (Question(.address, 1_234, isAbsent: true), "nobody1234@example234.com", nil),
            (Question(.catchAll, 7, isAbsent: false), "@example7.com", "catchall7@store7.example.net"),
            (Question(.catchAll, 7, isAbsent: true), "@unknown7.com", nil),
            (Question(.domain, 100, isAbsent: false), "example100.com", "virtual100"),
            (Question(.client, 300, isAbsent: false), "10.0.1.44", "WARN client 300"),
            (Question(.client, 300, isAbsent: true), "10.1.1.44", nil),
            (Question(.transport, 19, isAbsent: false), "example19.com", "smtp:store9"),
            (Question(.entry, 4_711, isAbsent: false), "entry000000000004711", "value000000000004711"),
        ])
    func keys(question: Question, key: String, value: String?) {
        #expect(question.key == key)
        #expect(question.value == value)
    }
}
