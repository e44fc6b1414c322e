// From the text of a query to SQL, parameters and the fall-back.

import LookupTables
import Testing

@Test(
    "Each literal with placeholders becomes a parameter",
    arguments: [
        ("SELECT a FROM t WHERE k = '%s'", "SELECT a FROM t WHERE k = $1", ["u.v@mail.example.com"]),
        ("f('%u', '%d')", "f($1, $2)", ["u.v", "mail.example.com"]),
        ("f('%S', '%U', '%D')", "f($1, $2, $3)", ["u.v@mail.example.com", "u.v", "mail.example.com"]),
        ("f('%1', '%2', '%3')", "f($1, $2, $3)", ["com", "example", "mail"]),
        ("'%u@%d'", "$1", ["u.v@mail.example.com"]),
        ("'%s' = '%s'", "$1 = $2", ["u.v@mail.example.com", "u.v@mail.example.com"]),
        ("k LIKE '%%.%d'", "k LIKE $1", ["%.mail.example.com"]),
        ("k LIKE '%%x' AND m = '%1'", "k LIKE '%x' AND m = $1", ["com"]),
        ("1 %% 2 = '%1'", "1 % 2 = $1", ["com"]),
        ("'it''s ''%1'''", "$1", ["it's 'com'"]),
        ("'%%%1%%%%s'", "$1", ["%com%%s"]),
        ("'%1'::citext || 'x'", "$1::citext || 'x'", ["com"]),
        ("inet '%1', inet'%1'", "inet $1, inet $2", ["com", "com"]),
        ("a='%1'AND b", "a=$1 AND b", ["com"]),
        ("N'%1'", "N $1", ["com"]),
        ("'%1';", "$1", ["com"]),
        ("'%1' ; ; -- end", "$1   -- end", ["com"]),
        ("'%1' -;--;/*", "$1 - --;/*", ["com"]),
        ("'größe %1'", "$1", ["größe com"]),
        ("SELECT 1", "SELECT 1", []),
    ] as [(String, String, [String])])
func eachLiteralWithPlaceholdersBecomesAParameter(text: String, sql: String, parameters: [String]) throws {
    let template = try QueryTemplate.compile(text)
    #expect(template.sql == sql)
    #expect(template.parameters(for: "u.v@mail.example.com") == parameters)
}

@Test(
    "A key is taken apart at its last @",
    arguments: [
        ("user", "%s", "user"),
        ("user", "%u", "user"),
        ("user@", "%u", "user"),
        ("a@b@c.d", "%u", "a@b"),
        ("a@b@c.d", "%d", "c.d"),
        ("u@a..b", "%2", "a"),
        ("u@a.b.", "%1", "b"),
        ("u@.a.b", "%2", "a"),
        ("u@a.b.c.d.e.f.g.h.i", "%9", "a"),
        ("it's@x", "%s", "it's@x"),
        ("\u{1F600}@größe.de", "%2", "größe"),
    ])
func keyIsTakenApartAtItsLastAt(key: String, placeholder: String, part: String) throws {
    #expect(try QueryTemplate.compile("'\(placeholder)'").parameters(for: key) == [part])
}

@Test(
    "The fall-back has the escaped key in ordinary literals",
    arguments: [
        ("f('%u', 'x', '<%d>')", "a'b@c", "f('a''b', 'x', '<c>')"),
        ("'it''s %s'", "x", "'it''s x'"),
        ("'%%%s' %% 2", "x", "'%x' % 2"),
        ("inet'%s'", "::1", "inet'::1'"),
        ("N'%s';", "x", "N'x'"),
        ("'%s'AND", "\\'", "'\\'''AND"),
    ])
func fallBackHasTheEscapedKeyInOrdinaryLiterals(text: String, key: String, statement: String) throws {
    #expect(try QueryTemplate.compile(text).literalStatement(for: key) == statement)
}

@Test(
    "Text outside literals with placeholders is kept",
    arguments: [
        ("E'a\\'b%%'", "E'a\\'b%'"),
        ("e'\\\\' = '%1'", "e'\\\\' = $1"),
        ("'\\' = '%1'", "'\\' = $1"),
        ("U&'\\0041''%%' = '%1'", "U&'\\0041''%' = $1"),
        ("B'1' = X'F'", "B'1' = X'F'"),
        ("$$it's %%s$$ = '%1'", "$$it's %s$$ = $1"),
        ("$a$ $b$ $$ $a $a$ = '%1'", "$a$ $b$ $$ $a $a$ = $1"),
        ("$größe$'$größe$ = '%1'", "$größe$'$größe$ = $1"),
        ("a$$b = '%1' AND c$1$ = d", "a$$b = $1 AND c$1$ = d"),
        ("\"a'b\"\"c'\" = '%1'", "\"a'b\"\"c'\" = $1"),
        ("U&\"a'b\" = '%1'", "U&\"a'b\" = $1"),
        ("/* it's /* nested */ '*/ '%1'", "/* it's /* nested */ '*/ $1"),
        ("1/*/**/*/+'%1'", "1/*/**/*/+$1"),
        ("'%1' -- it's the end", "$1 -- it's the end"),
        ("-- a\n'%1'", "-- a\n$1"),
        ("a-'%1'-1", "a-$1-1"),
        ("a / '%1' * 2", "a / $1 * 2"),
        ("'/*' || '%1' || '*/'", "'/*' || $1 || '*/'"),
        ("'--' || '%1'", "'--' || $1"),
        ("'a;b' || '%1'", "'a;b' || $1"),
        ("name'%1'", "name $1"),
        ("xe'%1'", "xe $1"),
        ("u & '%1'", "u & $1"),
        ("'a' '%1'", "'a' $1"),
        ("E'a' '%1'", "E'a' $1"),
        ("'a'\r'%1'", "'a'\r$1"),
        ("E'a'\r/* */'%1'", "E'a'\r/* */$1"),
        ("E'a'\r, '%1'", "E'a'\r, $1"),
        ("1.5e+3 = '%1'", "1.5e+3 = $1"),
        ("$ '%1'", "$ $1"),
    ])
func textOutsideLiteralsWithPlaceholdersIsKept(text: String, sql: String) throws {
    #expect(try QueryTemplate.compile(text).sql == sql)
}

@Test(
    "What no escaping makes safe is refused",
    arguments: [
        ("k = %s", .placeholder(in: .unquotedText)),
        ("k = %1", .placeholder(in: .unquotedText)),
        ("$%s$ x $%s$", .placeholder(in: .unquotedText)),
        ("E'%s'", .placeholder(in: .escapeString)),
        ("e'\\'%s'", .placeholder(in: .escapeString)),
        ("1 = E'%u'", .placeholder(in: .escapeString)),
        ("E'a' \r\n 'b%s'", .placeholder(in: .escapeString)),
        ("E'a' -- c\r'b%s'", .placeholder(in: .escapeString)),
        ("E'a'\r'b'\r'%s'", .placeholder(in: .escapeString)),
        ("U&'%s'", .placeholder(in: .unicodeString)),
        ("u&'a'\r'%s'", .placeholder(in: .unicodeString)),
        ("B'%s'", .placeholder(in: .bitString)),
        ("x'%s'", .placeholder(in: .bitString)),
        ("0x'%s'", .literalAfterNumber),
        ("$$%s$$", .placeholder(in: .dollarQuotedString)),
        ("$a$ '%s' $a$", .placeholder(in: .dollarQuotedString)),
        ("\"%s\"", .placeholder(in: .quotedIdentifier)),
        ("U&\"%s\"", .placeholder(in: .quotedIdentifier)),
        ("1 -- '%s'", .placeholder(in: .lineComment)),
        ("SELECT v -- the value FROM t WHERE k = '%s'", .placeholder(in: .lineComment)),
        ("/* '%s' */ 1", .placeholder(in: .blockComment)),
        ("/* /* */ '%s' */ 1", .placeholder(in: .blockComment)),
        ("1E'%s'", .literalAfterNumber),
        ("1e5e'%s'", .literalAfterNumber),
        ("'%s", .unterminated(.ordinaryLiteral)),
        ("'%s''", .unterminated(.ordinaryLiteral)),
        ("E'\\'", .unterminated(.escapeString)),
        ("U&'", .unterminated(.unicodeString)),
        ("b'", .unterminated(.bitString)),
        ("\"a", .unterminated(.quotedIdentifier)),
        ("$a$ $b$", .unterminated(.dollarQuotedString)),
        ("/* /* */", .unterminated(.blockComment)),
        ("/*/", .unterminated(.blockComment)),
        ("k = $1", .parameterReference),
        ("k = '%s' AND l=$12", .parameterReference),
        ("SELECT 1; SELECT '%s'", .severalStatements),
        ("SELECT '%s'; 'x'", .severalStatements),
        ("; SELECT '%s'", .severalStatements),
        ("", .noStatement),
        (" ; -- nothing", .noStatement),
        ("'%x'", .unknownExpansion("%x")),
        ("'%'", .unknownExpansion("%'")),
        ("'%0'", .unknownExpansion("%0")),
        ("'%ß'", .unknownExpansion("%ß")),
        ("5 %", .unknownExpansion("%")),
    ] as [(String, TemplateError)])
func whatNoEscapingMakesSafeIsRefused(text: String, error: TemplateError) {
    #expect(throws: error) { try QueryTemplate.compile(text) }
}

@Test(
    "A refusal says what was found, why, and what was expected",
    arguments: [
        (
            TemplateError.placeholder(in: .escapeString),
            "found a placeholder in an escape string E'…', where a backslash in a key would have a meaning; expected "
                + "it in an ordinary literal such as '%s'"
        ),
        (
            .unterminated(.dollarQuotedString),
            "found no end of a dollar-quoted string, expected the same dollar quote again"
        ),
        (
            .unknownExpansion("%x"),
            "found `%x`, expected one of %s %u %d %S %U %D %1 to %9, or %% for a percent sign"
        ),
    ])
func refusalSaysWhatWasFoundWhyAndWhatWasExpected(error: TemplateError, description: String) {
    #expect(error.description == description)
}

@Test(
    "Every refused construct has a description",
    arguments: [
        SQLConstruct.unquotedText, .escapeString, .unicodeString, .bitString, .dollarQuotedString,
        .quotedIdentifier,
        .lineComment, .blockComment,
    ])
func everyRefusedConstructHasADescription(construct: SQLConstruct) {
    #expect(
        TemplateError.placeholder(in: construct).description.contains("expected it in an ordinary literal"))
}

@Test(
    "A backslash is noted in ordinary literals only",
    arguments: [
        ("'%s'", false), ("'\\%s'", true), ("'%s' = '\\'", true), ("N'\\%s'", true),
        ("E'\\\\' = '%s'", false),
        ("\"\\\" = '%s'", false),
    ])
func backslashIsNotedInOrdinaryLiteralsOnly(text: String, hasBackslash: Bool) throws {
    #expect(try QueryTemplate.compile(text).hasBackslashInLiteral == hasBackslash)
}
