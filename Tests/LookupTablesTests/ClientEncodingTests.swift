// Which names PostgreSQL knows an encoding by.

import LookupTables
import Testing

@Suite("Names of encodings")
struct ClientEncodingTests {
    @Test(
        "Case, and what is no letter or digit, make no difference",
        arguments: [
            "UTF8", "utf-8", "Unicode", "LATIN1", "latin10", "ISO_8859-15", "iso 8859 1", "SQL_ASCII",
            "MULE_INTERNAL",
            "EUC_JIS_2004", "SHIFT_JIS_2004", "KOI8-R", "WIN1252", "windows-1258", "GB18030", "Big5", "JOHAB",
        ])
    func known(name: String) {
        #expect(ClientEncoding.isKnown(name))
    }

    @Test("Other words are none", arguments: ["", "-", "KLINGON", "UTF16", "LATIN11", "UTF8 LATIN1", "auto"])
    func unknown(name: String) {
        #expect(!ClientEncoding.isKnown(name))
    }
}
