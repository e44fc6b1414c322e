#!/usr/bin/env bash
# Shows mapmux at work against a PostgreSQL cluster of its own, which is gone afterwards.
#
#   deploy/demo.sh [--keep] [--rows N]
#
# --keep   leaves everything running, and prints the lines for main.cf
# --rows   how many aliases the table has (default 10000)
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

keep=no rows=10000
usage() { sed -n '4s/^# *//p' "$0" >&2; exit 64; }
while [ $# -gt 0 ]; do
    case $1 in
        --keep) keep=yes ;;
        --rows) rows=${2:-}; [[ $rows =~ ^[1-9][0-9]*$ ]] || usage; shift ;;
        *) usage ;;
    esac
    shift
done

bold='' plain=''
[ ! -t 1 ] || bold=$'\e[1m' plain=$'\e[0m'
say() { printf '\n%s\n' "$bold$*$plain"; }

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev postgresql
echo "Building …"
swift build -c release --product mapmux
swift build -c release --product mapmux-load
programs=$(postgresql_programs)
bin=$(swift build -c release --show-bin-path)

# PostgreSQL refuses to run as root: its own user does it then.
as_postgres=()
dir=$(mktemp -d /tmp/mapmux-demo.XXXXXX)
chmod 755 "$dir"
if [ "$(id -u)" -eq 0 ]; then
    as_postgres=(runuser -u postgres --)
    chown postgres "$dir"
fi
server() { "${as_postgres[@]}" "$programs/pg_ctl" -D "$dir/data" -l "$dir/postgresql.log" -s -w "$@" >/dev/null; }
sql() { "${as_postgres[@]}" "$programs/psql" -h "$dir" -U postgres -d postgres -XqAt -v ON_ERROR_STOP=1 "$@"; }

mapmux_pid=
cleanup() {
    [ -z "$mapmux_pid" ] || { kill "$mapmux_pid" 2>/dev/null && wait "$mapmux_pid" 2>/dev/null; } || true
    [ ! -e "$dir/data/postmaster.pid" ] || server stop -m immediate || true
    rm -rf "$dir"
}
trap cleanup EXIT

say "A PostgreSQL cluster of our own, in $dir"
cd "$dir"
"${as_postgres[@]}" "$programs/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
END
server start
sql <<END
CREATE ROLE someone LOGIN;
CREATE TABLE mxaliases (alias varchar(128) PRIMARY KEY, forw_addr varchar(128), status varchar(16));
INSERT INTO mxaliases
    SELECT 'user' || i || '@example' || i % 1000 || '.com', 'mbox' || i || '@store' || i % 10 || '.example.net', 'paid'
    FROM generate_series(1, $rows) AS i WHERE i % 50 <> 0;
CREATE TABLE domains (domain text PRIMARY KEY, active boolean NOT NULL);
INSERT INTO domains SELECT 'example' || i || '.com', true FROM generate_series(0, 999) AS i;
CREATE TABLE access (client inet PRIMARY KEY, action text NOT NULL);
INSERT INTO access VALUES ('192.0.2.1', 'REJECT You sent spam'), ('192.0.2.2', 'OK');
GRANT SELECT ON mxaliases, domains, access TO someone;
ANALYZE;
END
echo "  mxaliases: $(sql -c 'SELECT count(*) FROM mxaliases') rows, domains: 1000, access: 2"

# The first file is the one of Postfix's PGSQL_README, but for the hosts.
cat >aliases.cf <<END
hosts = $dir
user = someone
password = some_password
dbname = postgres
table = mxaliases
select_field = forw_addr
where_field = alias
additional_conditions = AND status = 'paid'
END
cat >domains.cf <<END
hosts = $dir
user = someone
password = some_password
dbname = postgres
query = SELECT 'virtual' FROM domains WHERE domain = '%s' AND active
END
cat >access.cf <<END
hosts = $dir
user = someone
password = some_password
dbname = postgres
query = SELECT action FROM access WHERE client = '%s'
END
cat >mapmux.conf <<END
maps = pgsql:$dir/aliases.cf, pgsql:$dir/domains.cf, pgsql:$dir/access.cf
socketmap_listen = unix:$dir/socketmap
control_socket = unix:$dir/control
END

say "mapmux check: reads everything, connects, prepares every query"
"$bin/mapmux" check -c mapmux.conf | sed "s|$dir/||; s/^/  /"

"$bin/mapmux" serve -c mapmux.conf 2>mapmux.log &
mapmux_pid=$!
until [ -S socketmap ]; do
    kill -0 "$mapmux_pid" 2>/dev/null || { cat mapmux.log >&2; exit 1; }
    sleep 0.02
done

# Any client can speak socketmap: <length>:<map name><space><key>,
ask() {
    printf '  %-8s %-22s → ' "$1" "$2"
    perl -MIO::Socket::UNIX -e '
        my ($path, $map, $key) = @ARGV;
        my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!\n";
        my $request = "$map $key";
        print $socket length($request) . ":$request,";
        $socket->flush;
        local $/ = ":";
        my $length = <$socket>;
        chop $length;
        read($socket, my $reply, $length);
        print "$reply\n";' "$dir/socketmap" "$1" "$2"
}

say "Lookups through the running daemon, as Postfix does them"
ask aliases user7@example7.com
ask aliases USER8@Example8.COM
ask aliases nobody@example.com
ask domains example42.com
ask access 192.0.2.1

say "The database stops: mail is deferred, never bounced"
server stop -m fast
ask aliases user7@example7.com
say "It is back: so are the answers, without a restart"
server start
give_up=$((SECONDS + 10))
until ask aliases user7@example7.com >answer && grep -q OK answer; do
    [ "$SECONDS" -lt "$give_up" ] || { echo "No answer after 10 s:" >&2; cat mapmux.log >&2; exit 1; }
    sleep 0.05
done
cat answer

say "2,000 clients at once"
"$bin/mapmux-load" --socket "$dir/socketmap" --map aliases --clients 2000 --lookups 40000 --keys "$rows" >burst &
burst_pid=$!
most=0
while kill -0 "$burst_pid" 2>/dev/null; do
    now=$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mapmux'")
    [ "$now" -le "$most" ] || most=$now
done
wait "$burst_pid" || { cat burst >&2; exit 1; }
sed 's/^/  /' burst
echo "  PostgreSQL saw $most connections at most"

say "mapmux stats: what the daemon has counted"
"$bin/mapmux" stats -c mapmux.conf | sed "s|$dir/||g; s/^/  /"

if [ $keep = yes ]; then
    trap - EXIT
    disown "$mapmux_pid"
    say "Left running. For main.cf:"
    cat <<END
  virtual_alias_domains = socketmap:unix:$dir/socketmap:domains
  virtual_alias_maps = socketmap:unix:$dir/socketmap:aliases
  smtpd_client_restrictions = check_client_access socketmap:unix:$dir/socketmap:access

To end it:
  kill $mapmux_pid; ${as_postgres[*]} $programs/pg_ctl -D $dir/data stop; rm -r $dir
END
fi
