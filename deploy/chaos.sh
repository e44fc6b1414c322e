#!/usr/bin/env bash
# Puts mapmux under load and random faults for a while, judges every answer by what the databases held at the time,
# and prints a table of it. Exits with 1 where anything was not as it should be. The seed determines the faults.
#
#   deploy/chaos.sh --minutes 10 --seed 1 --workers 2      --help tells the rest
#   deploy/chaos.sh --only upgrade                         only faults whose name holds this text
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev postgresql procps
swift build -c release --product mapmux
swift build -c release --product mapmux-chaos
exec .build/release/mapmux-chaos "$@" </dev/null
