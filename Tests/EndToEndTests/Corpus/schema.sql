-- Small tables with fixed contents for the corpus, in the manner of well-known mail systems' schemas.
-- Loaded into a UTF8 and into an SQL_ASCII database.
SET client_min_messages = warning;
CREATE EXTENSION citext;

-- Nobody asks for it; an injected statement would change it.
CREATE TABLE canary (state text NOT NULL);
INSERT INTO canary VALUES ('alive');

-- The Postfix howto's.
CREATE TABLE mxaliases (alias text, forw_addr text, status text);
INSERT INTO mxaliases VALUES
    ('alice@example.com', 'alice@mx1.example.net', 'paid'),
    ('bob@example.net', 'bob@mx2.example.net', 'paid'),
    ('bob@example.net', 'bob@backup.example.net', 'paid'),
    ('erin@example.com', 'erin@mx1.example.net', 'unpaid'),
    ('o''brien@example.com', 'obrien@mx1.example.net', 'paid'),
    ('back\slash@example.com', 'back\slash@mx1.example.net', 'paid'),
    ('per%cent@example.com', 'per%cent@mx1.example.net', 'paid'),
    ('two words@example.com', 'two words@mx1.example.net', 'paid'),
    ('"quoted@local"@example.com', 'quoted@mx1.example.net', 'paid'),
    ('a@b@example.com', 'ab@mx1.example.net', 'paid'),
    ('sales@example.com', 'alice@example.com', 'paid'),
    ('sales@example.com', NULL, 'paid'),
    ('sales@example.com', '', 'paid'),
    ('sales@example.com', 'bob@example.net', 'paid'),
    ('null@example.com', NULL, 'paid'),
    ('empty@example.com', '', 'paid'),
    ('blank@example.com', ' ', 'paid'),
    ('postmaster', 'root@example.com', 'paid'),
    ('@example.org', 'catchall@example.org', 'paid'),
    ('alice', 'alice@example.com', 'paid'),
    ('''; drop table canary; --', 'injected literally', 'paid'),
    ('$1', 'dollar one', 'paid'),
    ('%s', 'percent s', 'paid'),
    ('{a,b}', 'braces', 'paid');

-- In PostfixAdmin's manner.
CREATE SCHEMA pfa;
CREATE TABLE pfa.domain (
    domain varchar(255) PRIMARY KEY, description text, transport varchar(255), backupmx boolean NOT NULL,
    active boolean NOT NULL, aliases int, created timestamptz);
INSERT INTO pfa.domain VALUES
    ('example.com', 'First', 'virtual', false, true, 10, '2020-01-02 03:04:05+00'),
    ('example.net', 'Second', 'lmtp:unix:private/lmtp', false, true, 0, '2021-01-02 03:04:05+00'),
    ('example.org', 'Backup', 'relay:[mx.example.org]:25', true, true, -1, '2022-01-02 03:04:05+00'),
    ('sub.example.com', NULL, '', false, true, 5, NULL),
    ('off.example.com', 'Closed', 'error:closed', false, false, 5, NULL);
CREATE TABLE pfa.mailbox (
    username varchar(255) PRIMARY KEY, password text, name varchar(255), maildir varchar(255), quota bigint,
    local_part varchar(255), domain varchar(255), active boolean NOT NULL);
INSERT INTO pfa.mailbox VALUES
    ('alice@example.com', '{PLAIN}a', 'Alice', 'example.com/alice/', 1073741824, 'alice', 'example.com', true),
    ('bob@example.net', '{PLAIN}b', 'Bob', 'example.net/bob/', 0, 'bob', 'example.net', true),
    ('carol@sub.example.com', NULL, NULL, 'sub.example.com/carol/', NULL, 'carol', 'sub.example.com', true),
    ('o''brien@example.com', 'x', 'O''Brien', 'example.com/o''brien/', 5, 'o''brien', 'example.com', true),
    ('back\slash@example.com', 'x', 'Back', 'example.com/back\slash/', 5, 'back\slash', 'example.com', true),
    ('per%cent@example.com', 'x', '100%', 'example.com/per%cent/', 5, 'per%cent', 'example.com', true),
    ('two words@example.com', 'x', 'Two', 'example.com/two words/', 5, 'two words', 'example.com', true),
    ('a@b@example.com', 'x', 'At', 'example.com/a@b/', 5, 'a@b', 'example.com', true),
    ('erin@example.com', 'x', 'Erin', 'example.com/erin/', 5, 'erin', 'example.com', false);
CREATE TABLE pfa.alias (
    address varchar(255) PRIMARY KEY, goto text NOT NULL, domain varchar(255), active boolean NOT NULL);
INSERT INTO pfa.alias VALUES
    ('alice@example.com', 'alice@example.com', 'example.com', true),
    ('sales@example.com', 'alice@example.com,bob@example.net', 'example.com', true),
    ('list@example.net', 'alice@example.com,o''brien@example.com, carol@sub.example.com', 'example.net', true),
    ('empty@example.com', '', 'example.com', true),
    ('off@example.com', 'bob@example.net', 'example.com', false),
    ('@example.net', 'bob@example.net', 'example.net', true),
    ('@example.org', 'catchall@example.com', 'example.org', true);
CREATE TABLE pfa.alias_domain (alias_domain varchar(255), target_domain varchar(255), active boolean NOT NULL);
INSERT INTO pfa.alias_domain VALUES
    ('alias.test', 'example.com', true), ('other.test', 'example.net', true), ('off.test', 'example.com', false);

-- In iRedMail's manner: numbers for truth values.
CREATE SCHEMA ired;
CREATE TABLE ired.domain (
    domain text PRIMARY KEY, transport text, backupmx int2 NOT NULL, maxquota int8 NOT NULL, active int2 NOT NULL);
INSERT INTO ired.domain VALUES
    ('example.com', 'dovecot', 0, 0, 1), ('example.net', 'smtp:[192.0.2.1]:24', 0, 1024, 1),
    ('example.org', 'relay', 1, 2048, 1), ('off.example.com', 'dovecot', 0, 0, 0);
CREATE TABLE ired.mailbox (
    username text PRIMARY KEY, storagebasedirectory text, storagenode text, maildir text, quota int8 NOT NULL,
    domain text, active int2 NOT NULL, enablesmtp int2 NOT NULL, enabledeliver int2 NOT NULL);
INSERT INTO ired.mailbox VALUES
    ('alice@example.com', '/var/vmail', 'vmail1', 'example.com/a/l/i/alice/', 100, 'example.com', 1, 1, 1),
    ('bob@example.net', '/var/vmail', 'vmail2', 'example.net/b/o/b/bob/', 0, 'example.net', 1, 0, 1),
    ('carol@sub.example.com', '/srv', '', 'carol/', -1, 'sub.example.com', 1, 1, 0),
    ('erin@example.com', '/var/vmail', 'vmail1', 'erin/', 5, 'example.com', 0, 1, 1);
CREATE TABLE ired.forwardings (
    address text, forwarding text, domain text, dest_domain text, is_forwarding int2 NOT NULL,
    is_alias int2 NOT NULL, is_list int2 NOT NULL, active int2 NOT NULL);
INSERT INTO ired.forwardings VALUES
    ('alice@example.com', 'alice@example.com', 'example.com', 'example.com', 1, 0, 0, 1),
    ('alice@example.com', 'alice@home.test', 'example.com', 'home.test', 1, 0, 0, 1),
    ('sales@example.com', 'alice@example.com', 'example.com', 'example.com', 0, 1, 0, 1),
    ('list@example.net', 'alice@example.com', 'example.net', 'example.com', 0, 0, 1, 1),
    ('list@example.net', 'bob@example.net', 'example.net', 'example.net', 0, 0, 1, 1),
    ('list@example.net', 'erin@example.com', 'example.net', 'example.com', 0, 0, 1, 0),
    ('@example.org', 'catchall@example.com', 'example.org', 'example.com', 0, 1, 0, 1);
CREATE TABLE ired.sender_relayhost (id serial, account text UNIQUE, relayhost text);
INSERT INTO ired.sender_relayhost (account, relayhost) VALUES
    ('alice@example.com', '[relay.example.net]:587'), ('@example.org', '[relay.example.org]:25');

-- In Modoboa's manner: keys and joins.
CREATE SCHEMA modo;
CREATE TYPE modo.kind AS ENUM ('domain', 'relaydomain', 'alias');
CREATE TABLE modo.admin_domain (id int PRIMARY KEY, name varchar(100), enabled bool, kind modo.kind, quota int);
INSERT INTO modo.admin_domain VALUES
    (1, 'example.com', true, 'domain', 100), (2, 'example.net', true, 'domain', 0),
    (3, 'example.org', true, 'relaydomain', 0), (4, 'off.example.com', false, 'domain', 5);
CREATE TABLE modo.core_user (id int PRIMARY KEY, email varchar(254), is_active bool, role char(8));
INSERT INTO modo.core_user VALUES
    (10, 'alice@example.com', true, 'admin'), (11, 'bob@example.net', true, 'user'),
    (12, 'erin@example.com', false, 'user'), (13, 'o''brien@example.com', true, 'user');
CREATE TABLE modo.admin_mailbox (
    id int PRIMARY KEY, address varchar(252), domain_id int REFERENCES modo.admin_domain,
    user_id int REFERENCES modo.core_user, message_limit int);
INSERT INTO modo.admin_mailbox VALUES
    (100, 'alice', 1, 10, 500), (101, 'bob', 2, 11, NULL), (102, 'erin', 1, 12, 0), (103, 'o''brien', 1, 13, 7);
CREATE TABLE modo.admin_alias (id int PRIMARY KEY, address varchar(254), enabled bool, expire_at date);
INSERT INTO modo.admin_alias VALUES
    (1, 'sales@example.com', true, NULL), (2, 'list@example.net', true, '2999-12-31'),
    (3, 'old@example.com', true, '2001-01-01'), (4, '@example.org', true, NULL);
CREATE TABLE modo.admin_aliasrecipient (
    id int PRIMARY KEY, address varchar(254), alias_id int, r_mailbox_id int);
INSERT INTO modo.admin_aliasrecipient VALUES
    (1, 'alice@example.com', 1, 100), (2, 'bob@example.net', 1, 101), (3, 'friend@home.test', 2, NULL),
    (4, 'erin@example.com', 3, 102), (5, 'catchall@example.com', 4, NULL);
CREATE TABLE modo.admin_domainalias (id int PRIMARY KEY, name varchar(100), target_id int, enabled bool);
INSERT INTO modo.admin_domainalias VALUES (1, 'alias.test', 1, true), (2, 'off.test', 1, false);
CREATE TABLE modo.transport (pattern varchar(254), service varchar(30), next_hop varchar(100), enabled bool);
INSERT INTO modo.transport VALUES
    ('example.org', 'relay', '[192.0.2.25]:25', true), ('.example.org', 'relay', '', true),
    ('alice@example.com', 'lmtp', 'unix:private/dovecot', true), ('off.test', 'relay', 'nowhere', false);

-- Types and shapes that none of the above has.
CREATE DOMAIN hostname AS citext CHECK (VALUE !~ '\s');
CREATE TABLE access (
    id int PRIMARY KEY, client inet, network cidr, name hostname, action text, since date, ratio float8,
    score numeric(6, 2), tags text[], padded char(12), flag "char", payload bytea, delay interval, extra jsonb);
INSERT INTO access VALUES
    (1, '192.0.2.1', '192.0.2.0/24', 'Mail.Example.COM', 'OK', '2024-02-29', 0.1, 1.50,
     '{red,"light blue"}', 'ab', 'x', '\x00ff', '1 hour', '{"a": [1, "two"]}'),
    (2, '192.0.2.77', '192.0.2.64/26', 'spam.example.net', 'REJECT spam, from here', '1999-12-31', 1e300, -3,
     '{}', 'o''brien', 'y', '\x', '2 days', '{}'),
    (3, '2001:db8::1', '2001:db8::/32', 'six.example.org', 'DUNNO', 'infinity', 'NaN', NULL,
     NULL, '', NULL, NULL, NULL, NULL),
    (42, '10.0.0.1', '10.0.0.0/8', 'inner', 'PERMIT 100% sure', '2024-01-01', -0, 42,
     '{NULL,""}', 'example.com', '%', '\x25', '-1 month', '"42"');
CREATE TABLE patterns (priority int, pattern text, action text);
INSERT INTO patterns VALUES
    (1, '%@example.com', 'internal'), (2, 'sales@%', 'to sales'), (3, 'o_brien@example.com', 'like one'),
    (4, '%\%%', 'has a percent sign'), (5, '%', 'anything');
CREATE TABLE expressions (priority int, expression text, action text);
INSERT INTO expressions VALUES
    (1, '^(alice|bob)@', 'known'), (2, '^[0-9]+$', 'number'), (3, '\.test$', 'test domain'), (4, '''', 'quote');
CREATE TABLE "Mixed Case" ("Key" text, "Value %" text, "select" text);
INSERT INTO "Mixed Case" VALUES ('alice@example.com', 'mixed', 'reserved'), ('100%', 'full', NULL);
CREATE TABLE long_values (key text, value text);
INSERT INTO long_values SELECT 'long' || n, repeat('x', n) FROM unnest('{1,100,8000,60000}'::int[]) AS n;
CREATE VIEW numbers AS SELECT n, n::text AS text, n * n AS square FROM generate_series(0, 20) AS n;

CREATE FUNCTION forward(key text) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT forw_addr FROM mxaliases WHERE alias = key AND status = 'paid' ORDER BY forw_addr LIMIT 1 $$;
CREATE FUNCTION forwards(key text) RETURNS SETOF text LANGUAGE sql STABLE AS
    $$ SELECT forw_addr FROM mxaliases WHERE alias = key ORDER BY forw_addr $$;
CREATE FUNCTION mailbox_of(key text, OUT dir text, OUT quota bigint) RETURNS SETOF record LANGUAGE sql STABLE AS
    $$ SELECT maildir, quota FROM pfa.mailbox WHERE username = key $$;
CREATE FUNCTION strict_number(key text) RETURNS int LANGUAGE plpgsql STABLE AS
    $$ BEGIN
        IF key !~ '^[0-9]{1,9}$' THEN RAISE EXCEPTION 'not a number'; END IF;
        RETURN key::int;
    END $$;

-- A role of its own finds its tables without naming their schema.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ired') THEN CREATE ROLE ired LOGIN; END IF;
END $$;
ALTER ROLE ired SET search_path = ired;
GRANT USAGE ON SCHEMA ired TO ired;
GRANT SELECT ON ALL TABLES IN SCHEMA ired TO ired;
