#!/usr/bin/env bash
# Compares mapmux with Postfix's proxymap(8), with PgBouncer, with direct connections, and with bare C loops, on a
# PostgreSQL cluster of its own; --quick does it in some three minutes. See --help for more.
#
#   Benchmarks/run.sh [--quick] [OPTIONS]   the comparison; the results go to .build/benchmarks
#   Benchmarks/run.sh --mail [OPTIONS]      the same with whole mails through real relays, as `--mail --help` has it
#   Benchmarks/run.sh --memory [OPTIONS]    what a kept answer takes of memory, as `--memory --help` has it
#   Benchmarks/run.sh --micro [OPTIONS]     what a lookup costs in each part of mapmux, without a database: options of
#                                           `swift package benchmark`
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
if [ "${1:-}" = --micro ]; then
    shift
    install_packages pkg-config libpq-dev
    # In a build directory of its own, as the environment changes the package.
    export MAPMUX_BENCHMARKS=1
    exec swift package --build-path .build/micro --allow-writing-to-package-directory \
        benchmark --target mapmux-micro --no-progress "$@" </dev/null
fi

build() {
    local product
    for product in "$@"; do
        swift build -c release --static-swift-stdlib --product "$product"
    done
}

if [ "${1:-}" = --mail ]; then
    shift
    install_packages pkg-config libpq-dev postgresql postfix postfix-pgsql memcached
    build mapmux mapmux-bench
    exec .build/release/mapmux-bench mail "$@" </dev/null
fi

if [ "${1:-}" = --memory ]; then
    shift
    install_packages pkg-config libpq-dev postgresql
    build mapmux mapmux-bench
    exec .build/release/mapmux-bench memory "$@" </dev/null
fi

install_packages pkg-config libpq-dev gcc postgresql postfix postfix-pgsql pgbouncer
build mapmux mapmux-ceiling mapmux-responder mapmux-bench
exec .build/release/mapmux-bench "$@" </dev/null
