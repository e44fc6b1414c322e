#!/usr/bin/env bash
# Installs what the tests need, builds everything, and runs every test. Needs a Swift toolchain and Debian 12.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_test_packages
exec swift test "$@" </dev/null
