// Lists of numbers.

import Testing

@testable import LookupPool

@Suite("Linked lists")
struct LinkTableTests {
    private func read(_ list: LinkedList, _ links: borrowing LinkTable) -> [Int] {
        var all: [Int] = []
        var place = list.first
        while place >= 0 {
            all.append(place)
            place = links.next(after: place)
        }
        return all
    }

    @Test("A record goes before all, between two, or behind all")
    func insertion() {
        var links = LinkTable()
        var list = LinkedList()
        links.insert(3, behind: -1, in: &list)
        links.insert(7, behind: 3, in: &list)
        links.insert(0, behind: -1, in: &list)
        links.insert(5, behind: 3, in: &list)
        #expect(read(list, links) == [0, 3, 5, 7])
        #expect(links.previous(before: 5) == 3 && links.previous(before: 0) == -1)
        links.remove(0, from: &list)
        links.remove(7, from: &list)
        links.insert(7, behind: 5, in: &list)
        #expect(read(list, links) == [3, 5, 7])
    }
}
