# Boots a Debian in a container of its own, with systemd as process 1, on a host with systemd or without. Sourced by
# boot-test.sh, which has fail().

# Trees are made once, and kept. What runs is a layer above one, which goes with the test.
machines=$PWD/.build/machines
tree_packages=systemd-sysv,dbus,postfix,postfix-pgsql,postgresql,procps,iproute2
machine_leader='' machine_process='' machine_group=mapmux-boot-$$ machine_layer='' machine_root=''

# What systemd-nspawn(1) wants to be in: the unified hierarchy, alone or beside that of the first version.
machine_hierarchies() {
    local hierarchy
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        echo /sys/fs/cgroup
    else
        for hierarchy in unified systemd; do
            [ ! -d "/sys/fs/cgroup/$hierarchy" ] || echo "/sys/fs/cgroup/$hierarchy"
        done
    fi
}

# The tree of a Debian release, from the mirror that apt has.
machine_tree() {
    local release=$1 tree=$machines/$1 mirror
    [ "$(cat "$tree.packages" 2>/dev/null)" != "$tree_packages" ] || return 0
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    [ -n "$mirror" ] || fail "apt has no mirror of Debian's to take $release from"
    rm -rf "$tree" "$tree.packages"
    mkdir -p "$machines"
    timeout 900 debootstrap --variant=minbase --include="$tree_packages" "$release" "$tree" "$mirror" \
        >"$machines/$release.log" 2>&1 || { tail -n 5 "$machines/$release.log" >&2; fail "debootstrap $release"; }
    rm -f "$tree"/var/cache/apt/archives/*.deb
    echo "$tree_packages" >"$tree.packages"
}

# A machine with the tree of a release, which is not running yet.
machine_make() {
    machine_layer=$(mktemp -d "$machines/layer.XXXXXX")
    machine_root=$machine_layer/root
    mkdir "$machine_root" "$machine_layer/upper" "$machine_layer/work"
    chmod 755 "$machine_layer" "$machine_layer/upper"
    mount -t overlay mapmux-boot "$machine_root" \
        -o "lowerdir=$machines/$1,upperdir=$machine_layer/upper,workdir=$machine_layer/work" 2>"$machine_layer/error" ||
        fail "$1: can't mount a layer above its tree: $(cat "$machine_layer/error")"
}

# Returns when the machine is up, or with `early` when its systemd answers.
machine_boot() {
    local give_up=$((SECONDS + 60)) state
    # It joins its group first, so that all that it starts is there.
    (
        for hierarchy in $(machine_hierarchies); do
            mkdir -p "$hierarchy/$machine_group" && echo "$BASHPID" >"$hierarchy/$machine_group/cgroup.procs" || exit
        done
        exec systemd-nspawn --directory="$machine_root" --machine=mx --hostname=mx --boot --register=no --keep-unit \
            --private-network --resolv-conf=off --console=pipe
    ) </dev/null >>"$machine_layer/console" 2>&1 &
    machine_process=$!
    until machine_leader=$(pgrep -P "$machine_process" -x systemd) &&
        state=$(machine timeout 5 systemctl is-system-running 2>/dev/null || :) &&
        [[ $state =~ ^(running|degraded${1:+|starting})$ ]]; do
        [ -e "/proc/$machine_process" ] && [ "$SECONDS" -lt "$give_up" ] || {
            tail -n 20 "$machine_layer/console" >&2
            fail "this machine can't boot containers: systemd-nspawn(1) needs root and cgroups, see above"
        }
        sleep 0.2
    done
}

# Runs a command inside, as root.
machine() {
    nsenter --target "$machine_leader" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

machine_off() {
    local give_up=$((SECONDS + 60))
    # Its answer may be lost on the way.
    machine systemctl --no-block poweroff 2>/dev/null || :
    while [ -e "/proc/$machine_process" ] && [ "$SECONDS" -lt "$give_up" ]; do sleep 0.2; done
    [ "$SECONDS" -lt "$give_up" ] || fail "the machine does not end in a minute"
    wait "$machine_process" 2>/dev/null || :
    machine_process='' machine_leader=''
}

# Ends and removes all that there is of the machine; at any time.
machine_remove() {
    local hierarchy tries
    if [ -n "$machine_process" ]; then
        [ -z "$machine_leader" ] || kill -KILL "$machine_leader" 2>/dev/null || :
        kill -KILL "$machine_process" 2>/dev/null || :
        wait "$machine_process" 2>/dev/null || :
        machine_process='' machine_leader=''
    fi
    for hierarchy in $(machine_hierarchies); do
        for tries in $(seq 50); do
            [ -d "$hierarchy/$machine_group" ] || break
            find "$hierarchy/$machine_group" -depth -type d -exec rmdir {} \; 2>/dev/null || sleep 0.1
        done
    done
    if [ -n "$machine_layer" ]; then
        for tries in $(seq 50); do
            mountpoint -q "$machine_root" || break
            umount "$machine_root" 2>/dev/null || sleep 0.1
        done
        # Never through a mount into the tree.
        mountpoint -q "$machine_root" || rm -rf --one-file-system "$machine_layer"
        machine_layer=''
    fi
}
