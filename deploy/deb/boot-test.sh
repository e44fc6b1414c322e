#!/usr/bin/env bash
# Boots a Debian 12 and a Debian 13 with systemd, in containers of their own, makes each a mail site on stock Postfix and
# PostgreSQL, does there what README.md says, command by command, and sees that mail gets the same replies and goes the same
# ways as before. On Debian 12 mapmux and PostgreSQL are then restarted, killed, upgraded, taken away and brought back in all
# ways, under load. Nothing is left but the trees in .build/machines, for the next time.
#
#   deploy/deb/boot-test.sh [--package FILE]      FILE: what deploy/deb/build.sh has built; without it that is done first
#
# Needs root, a kernel with overlayfs and cgroups, and a mirror of Debian's for trees that are not there yet.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/packages.sh

package=
case ${1-} in
    --package) package=$(realpath "${2:?a file is missing}") ;;
    '') ;;
    *) sed -n '2,9s/^# \{0,1\}//p' deploy/deb/boot-test.sh >&2; exit 64 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo "containers need root, please run this as root" >&2; exit 77; }
# Says what is wrong, with what the machine has logged.
fail() {
    echo "FAILED: $*" >&2
    [ -z "$machine_leader" ] || machine journalctl --no-pager -o short-precise -n 40 -u 'mapmux*' -u 'postfix*' >&2 || :
    exit 1
}
say() { printf '== %4d s  %s\n' "$SECONDS" "$*"; }
. deploy/deb/boot/machine.sh
install_packages debootstrap systemd-container
if [ -z "$package" ]; then
    deploy/deb/build.sh
    version=$(dpkg-parsechangelog -l deploy/deb/debian/changelog -S Version)
    package=$PWD/.build/deb/mapmux_${version}_$(dpkg --print-architecture).deb
fi
version=$(dpkg-deb -f "$package" Version)
dir=$(mktemp -d /tmp/mapmux-boot.XXXXXX)
load_process=
cleanup() {
    [ -z "$load_process" ] || kill -KILL "$load_process" 2>/dev/null || :
    machine_remove
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# The commands of README.md, each fenced block by its place.
block() { awk -v wanted="$1" '/^```sh$/{inside = ++count == wanted; next} /^```$/{inside = 0} inside' README.md; }
install=1 configure=2 start=3 back=4 instance=5 watch=6
[ "$(block $install | head -n 1)" = deploy/deb/build.sh ] || fail "README.md: found no deploy/deb/build.sh first in Five minutes"
[ -n "$(block $watch)" ] && [ -z "$(block $((watch + 1)))" ] ||
    fail "README.md: expected six blocks of commands: install, configure, start, go back, an instance, watch"
do_block() {
    local command
    while IFS= read -r command; do
        [ "$command" != deploy/deb/build.sh ] || continue
        command=${command%%  *}
        printf '            # %s\n' "$command"
        # It is for a terminal, and ends with q.
        [ "$command" != "mapmux top" ] || command="(sleep 3; printf q) | timeout 20 script -qec '$command' /dev/null"
        machine bash -c "cd /root/mapmux && $command" </dev/null >"$dir/command.log" 2>&1 ||
            { cat "$dir/command.log" >&2; fail "README.md: $command"; }
    done < <(block "$1")
}

dpkg_inside() { # ARGUMENTS
    machine dpkg "$@" >"$dir/dpkg.log" 2>&1 </dev/null || { cat "$dir/dpkg.log" >&2; fail "dpkg $*"; }
}

# The package under another version, in a directory, for changes, and what comes of it.
unpack() { # VERSION
    rm -rf "$dir/package"
    dpkg-deb -R "$package" "$dir/package"
    sed -i "s/^Version: .*/Version: $1/" "$dir/package/DEBIAN/control"
}
pack() { dpkg-deb --root-owner-group -Znone -b "$dir/package" "$1" >/dev/null; } # FILE

wait_for() { # SECONDS COMMAND…
    local give_up=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$give_up" ] || fail "not in time: $*"
        sleep 0.2
    done
}
is_active() { machine systemctl -q is-active "$@"; }
main_process() { machine systemctl show -P MainPID "${1:-mapmux.service}"; }
units=(mapmux.service mapmux-socketmap.socket mapmux-proxymap.socket)
reply() { machine timeout 65 perl /root/mail.pl ask "$@"; }
accepts() { [ "$(reply)" = "250 2.1.5 Ok" ]; }
# The first session already is told to come back, in time.
defers() { # MILLISECONDS WHEN
    local begin=${EPOCHREALTIME/./} reply took
    reply=$(reply) || :
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
    [[ $reply == "451 "* ]] || fail "$2: $reply"
    printf '            451 after %d ms\n' "$took"
    [ "$took" -le "$1" ] || fail "$2: found a reply after $took ms, expected one within $1 ms"
}
# lookup_timeout, and 2 s.
lookup_limit=12000
queue_is_empty() { [ "$(machine postqueue -p)" = "Mail queue is empty" ]; }

# Mail of all kinds: what was replied, and what lies in which mailbox.
send_mail() { # NAME
    machine timeout 120 perl /root/mail.pl send >"$dir/$1.replies"
    wait_for 60 queue_is_empty
    # shellcheck disable=SC2016 # For the shell in there to expand.
    machine bash -c 'cd /var/mail/vhosts && find . -type f | while read -r file; do
        echo "${file%/*} $(grep -E "^(Subject|X-Original-To|Delivered-To):" "$file" | sort | tr "\n" " ")"
        rm "$file"; done | sort' >"$dir/$1.deliveries"
    [ "$(wc -l <"$dir/$1.deliveries")" -gt 50 ] || fail "$1: only $(wc -l <"$dir/$1.deliveries") mails have been delivered"
}
same_mail() { # NAME
    local what
    send_mail "$1"
    for what in replies deliveries; do
        diff "$dir/stock.$what" "$dir/$1.$what" >&2 || fail "$1: other $what than with stock Postfix, see above"
    done
}
begin_load() {
    machine rm -f /run/load.stop
    machine timeout 300 perl /root/mail.pl load /root/stock.replies /run/load.stop >"$dir/load" &
    load_process=$!
}
# No reply was wrong, and no client was without a right one for long; how many had to be asked for again is said.
end_load() { # SECONDS
    machine touch /run/load.stop
    wait "$load_process" || fail "the load has ended with status $?"
    load_process=
    ! grep WRONG "$dir/load" >&2 || fail "wrong replies under load, see above"
    awk -v limit="$1" '{ right += $2; later += $4; if ($8 > outage) outage = $8 }
        END { print "            replies: " right " right, " later " for later, none right for " outage " s at most"
            exit right < 100 || outage > limit }' "$dir/load" ||
        fail "expected 100 right replies under load, and no client without one for more than $1 s"
}
is_asked() { machine mapmux stats --json | perl -0ne '$found += $1 while /"found"\s*:\s*(\d+)/g; exit !$found'; }

site() {
    mkdir -p "$machine_root/root/mapmux/.build/deb"
    cp deploy/deb/boot/*.{sh,pl} "$machine_root/root"
    cp "$package" "$machine_root/root/mapmux/.build/deb"
    machine_boot
    machine timeout 120 bash /root/site.sh >"$dir/site.log" 2>&1 || { cat "$dir/site.log" >&2; fail "the site"; }
    wait_for 30 accepts
    say "The site is up: mail through stock Postfix"
    send_mail stock
    cp "$dir/stock.replies" "$machine_root/root"
    # What a package could leave.
    listing >"$dir/before"
}
listing() {
    local ignored
    ignored=$(printf -- '-path %s -o ' /run/{systemd,log,postgresql,udev,'load*'} /var/{log,cache,mail,tmp} \
        /var/lib/{apt,dpkg,postfix,postgresql,systemd} /var/spool/postfix /etc/postfix)
    # shellcheck disable=SC2016 # For the shell in there to expand.
    machine bash -c "find /etc /usr /lib /var /run /opt -xdev \( $ignored -name '.#*' \) -prune -o -print
        ls -d /var/spool/postfix/private/*
        find /var/lib/dpkg/info /var/lib/systemd/deb-systemd-helper-* /run/systemd/units -name '*mapmux*'" | sort
}

answers_by_socketmap() { # DIRECTORY PATH
    [ "$(machine bash -c "cd '$1' && postmap -q example.com socketmap:unix:$2:pgsql-virtual-domains")" = example.com ] ||
        fail "no answer at $2, seen from $1"
}

five_minutes() {
    say "Five minutes: install"
    do_block $install
    for unit in "${units[@]}"; do
        ! is_active "$unit" || fail "$unit is active before anybody has enabled it"
        [ "$(machine systemctl is-enabled "$unit" || :)" = disabled ] || fail "$unit is not disabled"
    done
    say "Five minutes: configure"
    do_block $configure
    say "Five minutes: start"
    do_block $start
    for unit in "${units[@]}"; do is_active "$unit" || fail "$unit is not active"; done
    # Where it ran before, and was followed, nothing is left to change.
    machine cat /etc/mapmux/mapmux.conf >"$dir/mapmux.conf"
    machine mapmux init --write /etc/mapmux/mapmux.conf >"$dir/command.log" 2>&1 ||
        { cat "$dir/command.log" >&2; fail "mapmux init once more"; }
    machine cat /etc/mapmux/mapmux.conf | cmp - "$dir/mapmux.conf" || fail "mapmux init once more has changed its file"
    ! grep -E '^[a-z]' "$dir/command.log" >&2 || fail "mapmux init once more finds something to do, see above"
    same_mail mapmux
    is_asked || fail "mapmux has not been asked"
    answers_by_socketmap /var/spool/postfix private/mapmux-socketmap
    answers_by_socketmap / /run/mapmux/socketmap
    say "Same replies, same deliveries through mapmux"
    say "Watch it"
    do_block $watch
    accepts || fail "after what README.md says under Watch it: $(reply)"
}

purge() {
    say "Remove: everything of it stops"
    dpkg_inside -r mapmux
    ! machine pgrep -x mapmux >/dev/null || fail "mapmux still runs"
    ! machine test -e /var/spool/postfix/private/mapmux || fail "a socket is left"
    machine test -s /etc/mapmux/mapmux.conf || fail "the configuration has gone before the purge"
    say "Purge: nothing is left"
    dpkg_inside -P mapmux
    listing >"$dir/after"
    diff "$dir/before" "$dir/after" >&2 || fail "something is left, see above"
}

debian_12() {
    machine_make bookworm
    site
    five_minutes

    say "Reload, restart, kill -9, and an upgrade, under load"
    begin_load
    sleep 2
    machine systemctl reload mapmux
    sleep 2
    machine systemctl restart mapmux
    wait_for 15 accepts
    machine kill -KILL "$(main_process)"
    wait_for 15 accepts
    unpack "$version+1"
    pack "$machine_root/root/later.deb"
    before=$(main_process)
    dpkg_inside -i /root/later.deb
    for unit in "${units[@]}"; do is_active "$unit" || fail "$unit is not active after the upgrade"; done
    [ "$(main_process)" != "$before" ] || fail "the upgrade has not restarted mapmux"
    wait_for 15 accepts
    end_load 10

    say "Killed ten times in a row"
    for _ in $(seq 10); do
        wait_for 15 is_active mapmux.service
        machine systemctl kill -s KILL mapmux.service
        sleep 0.3
    done
    wait_for 20 accepts
    for unit in "${units[@]}"; do is_active "$unit" || fail "$unit is not active after crashes"; done

    say "A configuration that can't be used: temporary failures at once, and nothing else"
    local restarts
    machine bash -c 'echo "pool_sise = 3" >>/etc/mapmux/mapmux.conf'
    ! machine systemctl reload mapmux 2>/dev/null || fail "the reload of a bad configuration has succeeded"
    accepts || fail "after the reload of a bad configuration: $(reply)"
    machine systemctl restart mapmux || fail "the restart with a bad configuration"
    defers 2000 "with a bad configuration"
    restarts=$(machine systemctl show -P NRestarts mapmux.service)
    machine systemctl status mapmux.service | grep "/etc/mapmux/mapmux.conf:[0-9]" >/dev/null ||
        fail "systemctl status does not say where the configuration is wrong"
    sleep 5
    [ "$(machine systemctl show -P NRestarts mapmux.service)" = "$restarts" ] || fail "mapmux is restarted again and again"
    for unit in "${units[@]}"; do is_active "$unit" || fail "$unit is not active with a bad configuration"; done
    machine sed -i /^pool_sise/d /etc/mapmux/mapmux.conf
    machine systemctl reload mapmux || fail "the reload of the mended configuration"
    wait_for 15 accepts
    # Without the sockets there is nothing to serve: it ends, and is not started again and again.
    machine bash -c 'echo "pool_sise = 3" >>/etc/mapmux/mapmux.conf'
    machine systemctl stop mapmux-socketmap.socket mapmux-proxymap.socket mapmux.service
    ! machine systemctl start mapmux.service 2>/dev/null || fail "a bad configuration is served without sockets"
    sleep 3
    local state="ActiveState=failed ExecMainStatus=78 NRestarts=0 "
    [ "$(machine systemctl show -p ActiveState,ExecMainStatus,NRestarts mapmux.service | sort | tr '\n' ' ')" = "$state" ] ||
        fail "without sockets, with a bad configuration: $(machine systemctl show mapmux.service | grep -E 'State=|Status=')"
    machine sed -i /^pool_sise/d /etc/mapmux/mapmux.conf
    machine systemctl start mapmux-socketmap.socket mapmux-proxymap.socket mapmux.service
    wait_for 15 accepts

    say "PostgreSQL is stopped, and is back"
    machine systemctl stop postgresql.service 'postgresql@*.service'
    defers $lookup_limit "without PostgreSQL"
    machine systemctl start postgresql
    wait_for 30 accepts

    say "A reboot, with PostgreSQL 20 s later than mapmux"
    machine mkdir -p /etc/systemd/system/postgresql@15-main.service.d
    printf '[Service]\nExecStartPre=/bin/sleep 20\n' \
        >"$machine_root/etc/systemd/system/postgresql@15-main.service.d/late.conf"
    machine_off
    machine_boot early
    wait_for 20 is_active postfix@-.service
    defers $lookup_limit "before PostgreSQL is there"
    wait_for 60 accepts
    for unit in "${units[@]}"; do is_active "$unit" || fail "$unit is not active after the reboot"; done
    # At the end of the boot before.
    machine journalctl -b -1 --no-pager -o cat SYSLOG_IDENTIFIER=systemd >"$dir/shutdown"
    awk '/^Stopped postfix@-\.service/{postfix = NR} /^Stopping mapmux\.service/{mapmux = NR}
        END { exit !(postfix && mapmux && postfix < mapmux) }' "$dir/shutdown" ||
        { grep -E "postfix|mapmux" "$dir/shutdown" | tail >&2; fail "mapmux did not stop after Postfix"; }
    machine rm -r /etc/systemd/system/postgresql@15-main.service.d
    machine systemctl daemon-reload
    same_mail rebooted

    say "A Postfix instance with a mapmux of its own"
    machine bash -e /root/instance.sh >"$dir/instance.log" 2>&1 || { cat "$dir/instance.log" >&2; fail "the instance"; }
    do_block $instance
    [ "$(machine postmap -c /etc/postfix-out -q example.com proxy:pgsql:/etc/postfix/pgsql-virtual-domains.cf)" = \
        example.com ] || fail "no answer for the instance"
    answers_by_socketmap /var/spool/postfix-out private/mapmux-socketmap
    machine mapmux stats -c /etc/mapmux/out.conf --json | perl -0ne '/"found"\s*:\s*[1-9]/ or exit 1' ||
        fail "the mapmux of the instance has not been asked"
    before=$(main_process mapmux@out.service)
    dpkg_inside -i /root/later.deb
    is_active mapmux@out.service && [ "$(main_process mapmux@out.service)" != "$before" ] ||
        fail "an upgrade has not restarted the mapmux of the instance"
    same_mail instance
    machine systemctl disable --now -q mapmux@out.service mapmux-socketmap@out.socket mapmux-proxymap@out.socket
    machine bash -e /root/instance.sh remove >"$dir/instance.log" 2>&1 ||
        { cat "$dir/instance.log" >&2; fail "the instance"; }

    say "Going back"
    do_block $back
    for unit in "${units[@]}"; do
        ! is_active "$unit" || fail "$unit is active after going back"
        [ "$(machine systemctl is-enabled "$unit" || :)" = disabled ] || fail "$unit is enabled after going back"
    done
    same_mail back

    say "And forth again"
    do_block $start
    same_mail forth
    purge
    machine postconf -X proxymap_service_name
    machine postfix reload >/dev/null 2>&1
    same_mail purged

    say "An upgrade from 0.1.0, where the configuration was the package's"
    unpack 0.1.0
    # What its debhelper made of it, and its units; its program had the commands that are used here.
    cp -r deploy/deb/boot/0.1.0/DEBIAN deploy/deb/boot/0.1.0/lib "$dir/package"
    rm "$dir/package/DEBIAN/prerm" "$dir/package/DEBIAN/md5sums" "$dir"/package/lib/systemd/system/mapmux*@.*
    install -D -m 644 deploy/mapmux.conf.sample "$dir/package/etc/mapmux/mapmux.conf"
    pack "$machine_root/root/old.deb"
    dpkg_inside -i /root/old.deb
    # The sample's maps have other names, which mapmux init would keep.
    machine rm /etc/mapmux/mapmux.conf
    machine mapmux init --write /etc/mapmux/mapmux.conf >/dev/null 2>&1 || fail "mapmux init"
    # Its units had no other place.
    machine sed -i /^socketmap_listen/d /etc/mapmux/mapmux.conf
    do_block $start
    wait_for 15 accepts
    machine cat /etc/mapmux/mapmux.conf >"$dir/edited"
    before=$(main_process)
    dpkg_inside -i "/root/mapmux/.build/deb/${package##*/}"
    machine cat /etc/mapmux/mapmux.conf | cmp - "$dir/edited" || fail "the upgrade has changed the configuration"
    is_active mapmux.service && [ "$(main_process)" != "$before" ] || fail "the upgrade has not restarted mapmux"
    same_mail upgraded
    # As its changelog says.
    machine systemctl stop mapmux-socketmap.socket mapmux-proxymap.socket mapmux.service
    machine systemctl start mapmux-socketmap.socket mapmux-proxymap.socket mapmux.service
    answers_by_socketmap /var/spool/postfix private/mapmux-socketmap
    answers_by_socketmap / /run/mapmux/socketmap
    machine_remove
}

debian_13() {
    machine_make trixie
    site
    five_minutes
    do_block $back
    same_mail back
    purge
    machine_remove
}

say "Trees of Debian 12 and 13"
machine_tree trixie &
trixie=$!
machine_tree bookworm
wait "$trixie" || fail "there is no tree of Debian 13, see above"
say "Debian 12"
debian_12
say "Debian 13"
debian_13
say "All is well"
