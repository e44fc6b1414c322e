// The kinds of value a parameter can have.

import LookupTables
import Testing

@Test(
    "A time is a number with an optional unit",
    arguments: [
        ("10s", 10), ("5m", 300), ("1h", 3_600), ("2d", 172_800), ("1w", 604_800), ("60", 60), ("0", 0),
        ("", nil), ("s", nil), ("1y", nil), ("-1", nil), ("+1", nil), ("1.5h", nil), ("1 h", nil),
        ("1hh", nil),
        ("1H", nil), ("2147483647", 2_147_483_647), ("2147483648", nil), ("4000w", nil),
        ("99999999999999999999w", nil), ("9223372036854775807w", nil),
    ])
func timeIsANumberWithAnOptionalUnit(text: String, seconds: Int?) {
    #expect(ParameterValue.seconds(text) == seconds)
}

@Test("A bare time is in the default unit")
func bareTimeIsInTheDefaultUnit() {
    #expect(ParameterValue.seconds("2", defaultUnit: .minutes) == 120)
    #expect(ParameterValue.seconds("2s", defaultUnit: .minutes) == 2)
}

@Test("A boolean is yes or no, in any case")
func booleanIsYesOrNoInAnyCase() {
    #expect(ParameterValue.boolean("yes") == true)
    #expect(ParameterValue.boolean("No") == false)
    #expect(ParameterValue.boolean("true") == nil)
    #expect(ParameterValue.boolean("") == nil)
}

@Test(
    "A count is digits only",
    arguments: [("0", 0), ("250", 250), ("-1", nil), ("+1", nil), ("", nil), ("1k", nil), ("٣", nil)])
func countIsDigitsOnly(text: String, count: Int?) {
    #expect(ParameterValue.count(text) == count)
}

@Test(
    "Plain names are of ASCII letters, digits and marks",
    arguments: [
        ("", true), ("MX-1_b.example", true), ("mx 1", false), ("mx/1", false), ("mx\n", false),
        ("\u{e9}", false), ("\u{661}", false), ("\u{212a}", false), ("mx\0", false),
    ])
func plainNamesAreOfASCIILettersDigitsAndMarks(text: String, isPlain: Bool) {
    #expect(ParameterValue.isPlainName(text) == isPlain)
}

@Test("Words are separated by blanks and commas")
func wordsAreSeparatedByBlanksAndCommas() {
    #expect(ParameterValue.words(" a, b,,c\td\r\n") == ["a", "b", "c", "d"])
    #expect(ParameterValue.words(" , ").isEmpty)
}
