#!/usr/bin/env bash
# Measures polite clients of mapmux beside hostile ones; `deploy/hostile.sh overload`: under more load than the
# database can serve. Prints Markdown tables; see --help. Exits with 1 after a wrong or lost answer.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev postgresql procps
swift build -c release --product mapmux
swift build -c release --product mapmux-hostile
exec .build/release/mapmux-hostile "$@" </dev/null
