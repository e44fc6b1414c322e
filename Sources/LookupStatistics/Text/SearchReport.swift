// Searches and reading ahead in `mapmux stats`, if there were any.

extension StatisticsSnapshot {
    /// Tables of the maps that were searched, and of those that were read ahead, each with an empty line before it.
    var searchLines: [String] {
        var searches = TextTable(heading: [
            "SEARCHES", "ASKED", "KEYS", "FOUND 1ST", "2ND", "3RD", "4TH", "LATER", "NO HIT",
        ])
        let searched = maps.filter { $0.searches.asked > 0 }
        for map in searched {
            let (counts, hits) = (map.searches, map.searches.hits)
            searches.add(
                [map.name]
                    + [
                        counts.asked, counts.keys, hits.first, hits.second, hits.third, hits.fourth,
                        hits.later, counts.withoutHit,
                    ].map(Figure.count))
        }
        var ahead = TextTable(heading: ["READ AHEAD", "KEYS", "USED", "THROWN AWAY", "GIVEN UP"])
        let readAhead = maps.filter { $0.readAhead.asked > 0 }
        for map in readAhead {
            let counts = map.readAhead
            ahead.add(
                [map.name]
                    + [counts.asked, counts.used, counts.thrownAway, counts.givenUp].map(Figure.count))
        }
        return (searched.isEmpty ? [] : [""] + searches.lines)
            + (readAhead.isEmpty ? [] : [""] + ahead.lines)
    }
}
