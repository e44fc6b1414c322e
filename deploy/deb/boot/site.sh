#!/bin/bash
# Makes the machine that it runs on a mail site such as PostfixAdmin's: 12,000 mailboxes in 100 domains in PostgreSQL, asked
# by stock Postfix through proxymap(8), from Debian's chroots.
set -euo pipefail

cd /
runuser -u postgres -- psql -Xq -v ON_ERROR_STOP=1 <<'END'
CREATE ROLE mailreader LOGIN PASSWORD 'Reads-mail-7';
CREATE DATABASE mail ENCODING 'UTF8' TEMPLATE template0;
\c mail
CREATE TABLE domain (domain text PRIMARY KEY, backupmx boolean NOT NULL DEFAULT false, active boolean NOT NULL DEFAULT true);
CREATE TABLE mailbox (username text PRIMARY KEY, maildir text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE alias (address text PRIMARY KEY, goto text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE alias_domain (alias_domain text PRIMARY KEY, target_domain text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE sender_access (sender text PRIMARY KEY, action text NOT NULL);
CREATE TABLE transport (domain text PRIMARY KEY, transport text NOT NULL);
INSERT INTO domain SELECT 'd' || i || '.example' FROM generate_series(0, 99) AS i;
INSERT INTO domain VALUES ('example.com', false, true), ('old.example', false, true), ('relayed.example', true, true),
    ('gone.example', false, false);
INSERT INTO mailbox
    SELECT 'u' || i || '@d' || i % 100 || '.example', 'd' || i % 100 || '.example/u' || i || '/', i % 50 <> 49
    FROM generate_series(0, 11999) AS i;
INSERT INTO mailbox VALUES ('alice@example.com', 'example.com/alice/'), ('o''brien@example.com', 'example.com/obrien/');
INSERT INTO alias SELECT username, username, active FROM mailbox;
INSERT INTO alias VALUES
    ('staff@example.com', 'alice@example.com, u1@d1.example,u2@d2.example'), ('nested@example.com', 'staff@example.com'),
    ('@d5.example', 'u5@d5.example');
INSERT INTO alias VALUES ('off@example.com', 'alice@example.com', false);
INSERT INTO alias_domain VALUES ('old.example', 'example.com');
INSERT INTO sender_access VALUES ('spammer@elsewhere.example', 'REJECT No spam'), ('bulk.example', 'REJECT No bulk');
INSERT INTO transport VALUES ('relayed.example', 'discard:');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO mailreader;
ANALYZE;
END

table() {
    printf 'hosts = 127.0.0.1\nuser = mailreader\npassword = Reads-mail-7\ndbname = mail\nquery = %s\n' "$2" \
        >"/etc/postfix/pgsql-$1.cf"
    chgrp postfix "/etc/postfix/pgsql-$1.cf"
    chmod 640 "/etc/postfix/pgsql-$1.cf"
}
table aliases "SELECT goto FROM alias WHERE address = '%s' AND active"
table alias-domains "SELECT goto FROM alias, alias_domain WHERE alias_domain.alias_domain = '%d'
    AND alias.address = '%u' || '@' || alias_domain.target_domain AND alias.active AND alias_domain.active"
table virtual-domains "SELECT domain FROM domain WHERE domain = '%s' AND NOT backupmx AND active"
table relay-domains "SELECT domain FROM domain WHERE domain = '%s' AND backupmx AND active"
table mailboxes "SELECT maildir FROM mailbox WHERE username = '%s' AND active"
table senders "SELECT action FROM sender_access WHERE sender = '%s'"
table transports "SELECT transport FROM transport WHERE domain = '%s'"

install -d -o 5000 -g 5000 /var/mail/vhosts
postconf -e 'myhostname = mx.site.example' 'mydestination = localhost' 'mynetworks = 192.0.2.0/24' \
    'inet_interfaces = loopback-only' 'smtpd_peername_lookup = no' 'smtpd_relay_restrictions = reject_unauth_destination' \
    'virtual_mailbox_domains = proxy:pgsql:/etc/postfix/pgsql-virtual-domains.cf' \
    'virtual_mailbox_maps = proxy:pgsql:/etc/postfix/pgsql-mailboxes.cf' \
    'virtual_alias_maps = proxy:pgsql:/etc/postfix/pgsql-aliases.cf, proxy:pgsql:/etc/postfix/pgsql-alias-domains.cf' \
    'relay_domains = proxy:pgsql:/etc/postfix/pgsql-relay-domains.cf' 'relay_recipient_maps =' \
    'transport_maps = proxy:pgsql:/etc/postfix/pgsql-transports.cf' \
    'smtpd_sender_restrictions = check_sender_access proxy:pgsql:/etc/postfix/pgsql-senders.cf' \
    'virtual_mailbox_base = /var/mail/vhosts' 'virtual_uid_maps = static:5000' 'virtual_gid_maps = static:5000'
newaliases
systemctl restart postfix
