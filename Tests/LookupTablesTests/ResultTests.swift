// From the values of a result to the outcome of the lookup.

import LookupTables
import LookupValues
import Testing

private func table(_ lines: String = "") throws -> TableDefinition {
    try #require(TableReading(lines: lines).table)
}

@Test("Values are joined with commas")
func valuesAreJoinedWithCommas() throws {
    #expect(try table().outcome(["a", "b c", "d,e"]).text == "a,b c,d,e")
}

@Test("Nothing but empty values is not found")
func nothingButEmptyValuesIsNotFound() throws {
    #expect(try table().outcome([]) == .notFound)
    #expect(try table().outcome(["", ""]) == .notFound)
    #expect(try table().outcome(["", "a", ""]).text == "a")
}

/// The answers of Postfix 3.7.11 to the same formats, values and keys.
@Test(
    "The result format is applied to each value",
    arguments: [
        ("<%u|%d>", "x@y.z", ["k", "b@c", "z", "@y", "x@", "@"], "<b|c>"),
        ("<%u>", "x@y.z", ["k", "", "b@c", "z", "@y"], "<k>,<b>,<z>"),
        ("<%s,%u,%d,%S,%U,%D,%1,%2,%%>", "x@b.c", ["v@w"], "<v@w,v,w,x@b.c,x,b.c,c,b,%>"),
        ("%s %U", "k", ["v"], "v k"),
        ("%s %U", "a@b", ["v"], "v a"),
        ("smtp:[%s]", "x", ["mail.example.com"], "smtp:[mail.example.com]"),
        ("%S", "x", ["a", "b"], "x,x"),
        ("100%%", "x", ["a"], "100%"),
        ("%d", "x", ["a@b@c"], "c"),
    ])
func resultFormatIsAppliedToEachValue(format: String, key: String, values: [String], text: String) throws {
    #expect(try table("result_format = \(format)").outcome(values, key: key).text == text)
}

@Test("A value without the part is skipped", arguments: ["%d", "%u"])
func valueWithoutThePartIsSkipped(format: String) throws {
    #expect(try table("result_format = \(format)").outcome(["@"]) == .notFound)
}

@Test("More values than the limit are a temporary failure")
func moreValuesThanTheLimitAreATemporaryFailure() throws {
    let table = try table("expansion_limit = 2\nresult_format = %d")
    #expect(table.outcome(["a@b", "", "c", "d@e"]).text == "b,e")
    #expect(
        table.outcome(["a@b", "c@d", "e@f"])
            == .temporaryFailure("the result has more values than expansion_limit"))
}

@Test("No limit is the default")
func noLimitIsTheDefault() throws {
    #expect(try table().outcome(Array(repeating: "a", count: 10_000)).text?.utf8.count == 19_999)
}

@Test("A long result is a temporary failure")
func longResultIsATemporaryFailure() throws {
    let longest = String(repeating: "a", count: ResultBuilder.maximumValueLength - 2)
    #expect(try table().outcome([longest, "b"]).text?.utf8.count == ResultBuilder.maximumValueLength)
    #expect(try table().outcome([longest, "bc"]) == .temporaryFailure("the result is too long"))
    #expect(try table().outcome([longest, "bc", "d"]) == .temporaryFailure("the result is too long"))
}

@Test("An outcome that is kept stays as it is when the next one is made")
func outcomeThatIsKeptStaysAsItIsWhenTheNextOneIsMade() throws {
    var builder = ResultBuilder(table: try table())
    var kept: [LookupOutcome] = []
    let values = ["a", "bc", String(repeating: "d", count: 5_000), "e", "", "f"]
    for value in values {
        builder.begin()
        builder.add(Array(value.utf8).span)
        kept.append(builder.finish())
    }
    #expect(kept == values.map { $0.isEmpty ? .notFound : .found(Array($0.utf8)) })
}

@Test("A value that is not UTF-8 is a temporary failure")
func valueThatIsNotUTF8IsATemporaryFailure() throws {
    var builder = ResultBuilder(table: try table(), key: Array("x".utf8))
    builder.add([0x61].span)
    builder.add([0xE9].span)
    #expect(builder.finish() == .temporaryFailure("the result is not valid UTF-8"))
    #expect(try table().outcome(["größe"]).text == "größe")
}
