#!/usr/bin/env bash
# Has every call that the daemon makes to the kernel, and every allocation of libpq's, fail once, each in a daemon's life of
# its own: start, lookups, reload, statistics, upgrade, end. Prints what it did, and exits with 1 where the daemon crashed,
# hung, gave a wrong answer, or was not well afterwards. All of them take hours; the tests have a sample.
#
#   deploy/faults.sh                           all
#   deploy/faults.sh --sample 500 --seed 7     so many of them; the seed determines which
#   deploy/faults.sh --only recv:17:ECONNRESET the 17th call of recv, or with `recv` or `recv:17` each of those
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

wish=all
while [ $# -gt 0 ]; do
    case $1 in
        --sample | --only) wish=${2:?} ;;
        --seed) export MAPMUX_FAULT_SEED=${2:?} ;;
        *) sed -n '2,8s/^# \{0,1\}//p' deploy/faults.sh >&2; exit 64 ;;
    esac
    shift 2
done

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev postgresql procps
MAPMUX_FAULTS=$wish exec swift test --filter FaultSweepTests </dev/null
