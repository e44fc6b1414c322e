#!/usr/bin/env bash
# Builds the Debian package under two versions, and sees the newer one pass lintian(1). Installs the older one, serves a
# table from it, upgrades under the running daemon, removes and purges it, and looks for what is left. Needs root, a Swift
# toolchain and Debian 12; what it installs besides stays.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/packages.sh

[ "$(id -u)" -eq 0 ] || { echo "dpkg needs root, please run this as root" >&2; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
say() { printf '== %s\n' "$*"; }
dpkg-query -W mapmux >/dev/null 2>&1 && fail "mapmux is installed here already: this would remove it"
install_packages pkg-config libpq-dev debhelper lintian mandoc postgresql postfix

old=0.0.9
new=$(dpkg-parsechangelog -l deploy/deb/debian/changelog -S Version)
say "Building version $old and version $new"
deploy/deb/build.sh --version "$old"
deploy/deb/build.sh
architecture=$(dpkg --print-architecture)
package() { echo "$PWD/.build/deb/mapmux_$1_$architecture.deb"; }

say "lintian"
lintian --allow-root --fail-on error,warning --info "$(package "$new")" || fail "lintian has complaints"

# What a package could leave: files, users, and what dpkg and deb-systemd-helper(1p) keep.
listing() {
    find /etc /usr /lib /var/lib /var/spool /run /opt -xdev \( -path /var/lib/dpkg -o -path /var/lib/postgresql \
        -o -path /run/postgresql -o -path /var/spool/postfix -o -path "*/__pycache__" \) -prune -o -print 2>/dev/null | sort
    find /var/lib/dpkg/info -name 'mapmux*'
    find /var/spool/postfix/private -name 'mapmux*'
    sed 's/^/user /' /etc/passwd /etc/group
}
programs=$(postgresql_programs)
dir=$(mktemp -d /tmp/mapmux-deb.XXXXXX)
chmod 755 "$dir"
chown postgres "$dir"
server() { runuser -u postgres -- "$programs/pg_ctl" -D "$dir/data" -l "$dir/postgresql.log" -s -w "$@" >/dev/null; }
daemons=()
cleanup() {
    local process
    for process in "${daemons[@]}"; do
        grep -qsx mapmux "/proc/$process/comm" && kill -KILL "$process" || :
    done
    dpkg --purge mapmux >/dev/null 2>&1 || :
    [ ! -e "$dir/data/postmaster.pid" ] || server stop -m immediate || :
    rm -rf "$dir"
}
trap cleanup EXIT

say "A database"
runuser -u postgres -- "$programs/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
printf "listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n" "$dir" >>"$dir/data/postgresql.conf"
server start
runuser -u postgres -- "$programs/psql" -h "$dir" -d postgres -Xq -v ON_ERROR_STOP=1 <<'END'
CREATE TABLE alias (address text PRIMARY KEY, goto text NOT NULL);
INSERT INTO alias VALUES ('alice@example.com', 'alice@store.example.net');
END
cat >"$dir/aliases.cf" <<END
hosts = $dir
user = postgres
dbname = postgres
query = SELECT goto FROM alias WHERE address = '%s'
END

listing >"$dir/before"
say "Installing $old"
dpkg -i "$(package "$old")" >"$dir/dpkg.log" 2>&1 || { cat "$dir/dpkg.log" >&2; fail "dpkg -i $old"; }
[ -d /etc/mapmux ] && [ -z "$(ls /etc/mapmux)" ] || fail "/etc/mapmux is not there, or holds something"
cmp deploy/mapmux.conf.sample /usr/share/doc/mapmux/mapmux.conf.sample || fail "the sample is not the sample"
for file in /usr/sbin/mapmux /usr/lib/sysusers.d/mapmux.conf /usr/share/doc/mapmux/{README.md,alerts.yml,grafana.json} \
    /lib/systemd/system/mapmux{.service,@.service,-proxymap.socket,-proxymap@.socket,-socketmap.socket,-socketmap@.socket} \
    /usr/share/man/man8/mapmux.8.gz /usr/share/man/man5/mapmux.conf.5.gz \
    /usr/share/bash-completion/completions/mapmux /usr/share/zsh/vendor-completions/_mapmux \
    /usr/share/fish/vendor_completions.d/mapmux.fish; do
    [ -s "$file" ] || fail "$file is missing"
done
# Whatever they link to is there, or elsewhere.
for file in /usr/share/doc/mapmux/*.md; do
    for link in $(grep -oE '\]\([^)#]+' "$file" | sed 's/^](//' | grep -v :); do
        [ -s "/usr/share/doc/mapmux/$link" ] || fail "$file: found a link to $link, which is not there"
    done
done
# Only what it says of these units counts: it reads those of others, too. And it leaves a mark of when that was.
mark=/run/systemd/systemd-units-load
[ ! -e "$mark" ] || mark=
systemd-analyze verify --recursive-errors=no /lib/systemd/system/mapmux* >"$dir/verify.log" 2>&1 || :
! grep mapmux "$dir/verify.log" >&2 || fail "systemd-analyze verify"
[ -z "$mark" ] || rm -f "$mark"
for unit in mapmux.service mapmux-socketmap.socket mapmux-proxymap.socket; do
    [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = disabled ] || fail "$unit is not disabled"
done
bash -n /usr/share/bash-completion/completions/mapmux
# shellcheck disable=SC2016 # For that bash to expand.
bash -c '. /usr/share/bash-completion/completions/mapmux; COMP_WORDS=(mapmux ser); COMP_CWORD=1
    '"$(sed -n 's/^complete.* -F \([^ ]*\) mapmux$/\1/p' /usr/share/bash-completion/completions/mapmux)"'
    printf "%s\n" "${COMPREPLY[@]}"' bash | grep -x serve >/dev/null || fail "bash does not complete mapmux ser"

say "Serving a table from the installed files, as Postfix's user"
sed "s|^maps =|maps = aliases=pgsql:$dir/aliases.cf|; /^    .*pgsql:/d" /usr/share/doc/mapmux/mapmux.conf.sample \
    >/etc/mapmux/mapmux.conf
cp /etc/mapmux/mapmux.conf "$dir/edited.conf"
mapmux check >"$dir/check.log" 2>&1 || { cat "$dir/check.log" >&2; fail "mapmux check"; }
[ "$(mapmux query aliases alice@example.com)" = alice@store.example.net ] || fail "mapmux query"
# RuntimeDirectory= does this.
install -d -o postfix -g postfix /run/mapmux
setpriv --reuid=postfix --regid=postfix --clear-groups /usr/sbin/mapmux serve 2>"$dir/mapmux.log" &
daemons+=($!)
wait_for() {
    local tries
    for tries in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
    cat "$dir/mapmux.log" >&2
    fail "in 30 seconds not: $*"
}
ask() { [ "$(postmap -q alice@example.com socketmap:unix:/run/mapmux/socketmap:aliases)" = alice@store.example.net ]; }
wait_for ask
mapmux stats --json | grep '"aliases"' >/dev/null || fail "mapmux stats does not know the map"

say "Upgrading to $new under the running daemon"
dpkg -i "$(package "$new")" >"$dir/dpkg.log" 2>&1 || { cat "$dir/dpkg.log" >&2; fail "dpkg -i $new"; }
cmp "$dir/edited.conf" /etc/mapmux/mapmux.conf || fail "the upgrade has changed the configuration"
ask || fail "no answer after the upgrade"
kill -USR2 "${daemons[0]}"
wait_for grep -q 'upgraded: serving' "$dir/mapmux.log"
daemons+=("$(sed -n 's/.* upgraded: .*process=\([0-9]*\).*/\1/p' "$dir/mapmux.log")")
wait_for ask
wait "${daemons[0]}" || fail "the old daemon has ended with status $?"
[ "$(stat -L -c %i "/proc/${daemons[1]}/exe")" = "$(stat -c %i /usr/sbin/mapmux)" ] ||
    fail "what serves is not the program that was installed last"
mapmux drain >/dev/null || fail "mapmux drain"
wait_for test ! -e "/proc/${daemons[1]}"

say "Removing and purging it"
dpkg -r mapmux >"$dir/dpkg.log" 2>&1 || { cat "$dir/dpkg.log" >&2; fail "dpkg -r"; }
cmp "$dir/edited.conf" /etc/mapmux/mapmux.conf || fail "the configuration has gone before the purge"
[ ! -e /usr/sbin/mapmux ] || fail "the program is still there"
dpkg -P mapmux >"$dir/dpkg.log" 2>&1 || { cat "$dir/dpkg.log" >&2; fail "dpkg -P"; }
listing >"$dir/after"
diff "$dir/before" "$dir/after" >&2 || fail "something is left, see above"
say "Nothing is left of it"
