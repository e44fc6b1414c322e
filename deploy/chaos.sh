#!/usr/bin/env bash
# Puts mapmux under load and random faults for a while, and judges every answer. Takes --minutes N, --seed S,
# --workers W; see --help. Exits with 1 after a wrong, stale, lost or doubled answer.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev postgresql procps
swift build -c release --product mapmux
swift build -c release --product mapmux-chaos
exec .build/release/mapmux-chaos "$@" </dev/null
