#!/usr/bin/env bash
# Compares mapmux with Postfix's proxymap(8), with direct connections, with PgBouncer, and with a bare C loop, on a
# PostgreSQL cluster of its own. Takes --only, --clients, --workload, --rounds and more: see --help.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev gcc postgresql postfix postfix-pgsql pgbouncer
for product in mapmux mapmux-ceiling mapmux-bench; do
    swift build -c release --static-swift-stdlib --product "$product"
done
exec .build/release/mapmux-bench "$@" </dev/null
