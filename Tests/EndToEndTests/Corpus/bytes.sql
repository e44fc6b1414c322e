-- Data beyond ASCII, for the SQL_ASCII database alone: there, no Postfix version's client encoding changes a byte.
CREATE TABLE utf8_aliases (address text, goto text);
INSERT INTO utf8_aliases VALUES
    ('jürgen@example.com', 'juergen@example.com'),
    ('strasse@example.com', 'folded sharp s'),
    ('straße@example.com', 'never reached'),
    ('σίσυφος@example.com', 'never reached'),
    ('σίσυφοσ@example.com', 'folded sigma'),
    (E'i\xCC\x87stanbul@example.com', 'folded dotted I'),
    ('用户@例え.テスト', '用户@例え.jp'),
    ('emoji😀@example.com', '😀,👨‍👩‍👧'),
    (E'\xC3\xA9@example.com', 'composed'),
    (E'e\xCC\x81@example.com', 'decomposed'),
    ('latin@example.com', E'J\xFCrgen'),
    ('half@example.com', E'good\xC3'),
    ('overlong@example.com', E'\xC0\xAF'),
    ('surrogate@example.com', E'\xED\xA0\x80'),
    ('high@example.com', E'\xF4\x90\x80\x80'),
    ('mixed@example.com', 'fine'),
    ('mixed@example.com', E'not \xFF fine'),
    ('o''brien@example.com', 'O’Brien');
