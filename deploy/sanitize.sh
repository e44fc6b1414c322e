#!/usr/bin/env bash
# Runs the tests under AddressSanitizer, which looks for leaks as well, and under ThreadSanitizer: the tests' own process
# and every mapmux that they start. Exits 1 where a test fails or anything is reported.
#
#   deploy/sanitize.sh                          both
#   deploy/sanitize.sh --brief                  both, without the end-to-end tests that take minutes each
#   deploy/sanitize.sh address --filter Name    one of them, address or thread, and what swift test is to be given
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

# Those that go through every part of the daemon, reload, upgrade, drain and end, in little time.
brief='ServeTests|SignalTests|ReloadTests|UpgradeTests|LimitTests|PermissionTests'
endToEnd=(--filter EndToEndTests)
case ${1-} in
    --brief) sanitizers=(address thread); shift; endToEnd=(--filter "EndToEndTests.*($brief)") ;;
    '') sanitizers=(address thread) ;;
    address | thread) sanitizers=("$1"); shift ;;
    *) sed -n '2,7s/^# \{0,1\}//p' deploy/sanitize.sh >&2; exit 64 ;;
esac

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_test_packages

# Everybody may write there: some of what is started runs as another user.
reports=$(mktemp -d)
chmod 1777 "$reports"
trap 'rm -r "$reports"' EXIT
export MAPMUX_SANITIZER_REPORTS=$reports MAPMUX_PATIENCE=4
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
common="log_path=$reports/report:external_symbolizer_path=$tools/llvm-symbolizer"
export ASAN_OPTIONS="$common:detect_leaks=1"
export LSAN_OPTIONS="$common:suppressions=$PWD/Tests/Sanitizing/leaks.supp:print_suppressions=0"
export TSAN_OPTIONS="$common:halt_on_error=1"

# What the linker is given besides.
object=$PWD/.build/MutexForThreadSanitizer.o
mkdir -p .build
"$tools/clang" -O1 -fPIC -c Tests/Sanitizing/MutexForThreadSanitizer.c -o "$object"
declare -A options=([address]='' [thread]="-Xlinker $object")

# A filter of the caller's stands alone.
[ $# -eq 0 ] || endToEnd=()

failed=0
for sanitizer in "${sanitizers[@]}"; do
    # The scenes of unit tests refer to themselves, and are left to the end of the process. The long simulation goes through
    # nothing that the others don't.
    echo "== $sanitizer: all but EndToEndTests, leaks apart"
    # shellcheck disable=SC2086 # Two words, or none.
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 swift test --sanitize="$sanitizer" --build-path ".build/$sanitizer" ${options[$sanitizer]} \
        --skip EndToEndTests --skip SlowTableSimulationTests "$@" </dev/null || failed=1
    # Their own process would only be slower, and make less load.
    echo "== $sanitizer: the mapmux of EndToEndTests; without LeakTests, as the sanitizer keeps what is freed for a while,"
    echo "   UnitFileTests and forbiddenGroup(), as it can't look for leaks under strace(1); FaultSweepTests, as both would stand"
    echo "   between the daemon and its calls"
    MAPMUX_BINARY=$PWD/.build/$sanitizer/debug/mapmux swift test --skip "LeakTests|UnitFileTests|forbiddenGroup|FaultSweepTests" "${endToEnd[@]}" "$@" </dev/null ||
        failed=1
    for report in "$reports"/*; do
        [ -e "$report" ] || continue
        failed=1
        echo "== $(basename "$report")"
        cat "$report"
        rm "$report"
    done
done
exit "$failed"
