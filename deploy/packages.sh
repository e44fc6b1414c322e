# Installs Debian packages where they are missing. Sourced by the scripts beside it; needs root or sudo then.

install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Please install, as root: ${missing[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]} …"
    "${as_root[@]}" apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# What swift test needs, under sanitizers too.
install_test_packages() {
    install_packages pkg-config libpq-dev postgresql pgbouncer pgpool2 postfix postfix-pgsql memcached openssl tmux systemd \
        strace mandoc prometheus chromium
}

# Where PostgreSQL's server programs are: the newest version's, as Debian puts none of them on the PATH.
postgresql_programs() {
    local directory
    directory=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$directory" ] || { echo "PostgreSQL's server programs are not installed" >&2; return 1; }
    echo "$directory"
}
