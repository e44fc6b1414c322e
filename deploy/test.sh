#!/usr/bin/env bash
# Installs what the tests need, builds everything, and runs every test, or with --quick those that take two minutes: of the
# pure targets, but for long simulations, and some from end to end. Needs a Swift toolchain and Debian 12.
#
#   deploy/test.sh [--quick | options of swift test]
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_test_packages
[ "${1-}" = --quick ] || exec swift test "$@" </dev/null
swift test --skip '^EndToEndTests\.' --skip SlowTableSimulationTests </dev/null
exec swift test --skip-build --filter 'ServeTests/|ProtocolTests/|CommandTests/|ReloadTests/' </dev/null
