#!/usr/bin/env bash
# Fuzzes every decoder and parser with libFuzzer, and prints what came of it. Exits 1 where something was found.
#
#   deploy/fuzz.sh                         a short run, the same each time: bounded by executions, from a fixed seed
#   deploy/fuzz.sh --seconds 120           a run of so long for each harness, from a random seed
#   deploy/fuzz.sh --harness template      one harness; may be repeated. Their names: Tests/Fuzzing/Corpus
#   deploy/fuzz.sh --keep                  adds what reaches new code to the corpus in the tree
#   deploy/fuzz.sh --harness hosts --input FILE    tries one input, such as a finding again
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/packages.sh

usage() { sed -n '2,8s/^# \{0,1\}//p' deploy/fuzz.sh >&2; exit 64; }

seconds='' keep='' input='' harnesses=()
while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=${2:?}; shift ;;
        --harness) harnesses+=("${2:?}"); shift ;;
        --input) input=${2:?}; shift ;;
        --keep) keep=yes ;;
        *) usage ;;
    esac
    shift
done

command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }
install_packages pkg-config libpq-dev libstdc++-12-dev
resources=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")/lib/clang
MAPMUX_LIBFUZZER=$(ls "$resources"/*/lib/linux/libclang_rt.fuzzer_no_main-"$(uname -m)".a | tail -n 1)
export MAPMUX_LIBFUZZER
swift build -c release --build-path .build/fuzz --product mapmux-fuzz </dev/null

program=$PWD/.build/fuzz/release/mapmux-fuzz
# A backtrace would be all that Swift's own handler adds, and the order of a Set would be another in each run.
export SWIFT_BACKTRACE=enable=no SWIFT_DETERMINISTIC_HASHING=1
if [ ${#harnesses[@]} -eq 0 ]; then mapfile -t harnesses < <("$program" || true); fi
if [ -n "$input" ]; then HARNESS=${harnesses[0]} exec "$program" "$input"; fi

# Executions of a short run, by what they cost: a few seconds each.
executions() {
    case $1 in
        socketmap | folding | result | hosts) echo 300000 ;;
        netstring | domains | template) echo 100000 ;;
        postconf | advice | search) echo 20000 ;;
        *) echo 50000 ;;
    esac
}

findings=.build/fuzz/findings
mkdir -p "$findings"
failed=0
printf '%-14s %11s %9s %7s %7s %9s\n' harness executions each/s edges new findings
for harness in "${harnesses[@]}"; do
    corpus=Tests/Fuzzing/Corpus/$harness
    [ -d "$corpus" ] || { echo "There is no harness $harness." >&2; exit 64; }
    work=$(mktemp -d) log=$findings/$harness.log
    bound=(-runs="$(executions "$harness")" -seed=1)
    if [ -n "$seconds" ]; then bound=(-max_total_time="$seconds"); fi
    before=$(find "$findings" -name "$harness-*" | wc -l)
    status=0 start=${EPOCHREALTIME/./}
    # New inputs go to the first directory.
    HARNESS=$harness "$program" "${bound[@]}" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -dict="Tests/Fuzzing/Dictionaries/$harness.dict" -artifact_prefix="$findings/$harness-" \
        "$work" "$corpus" >"$log" 2>&1 </dev/null || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    microseconds=$((${EPOCHREALTIME/./} - start))
    found=$(($(find "$findings" -name "$harness-*" | wc -l) - before))
    printf '%-14s %11s %9s %7s %7s %9s\n' "$harness" \
        "$runs" $((${runs:-0} * 1000000 / microseconds)) \
        "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)" \
        "$(find "$work" -type f | wc -l)" "$found"
    if [ "$status" -ne 0 ]; then
        failed=1
        grep -E 'Fatal error|ERROR|Test unit written' "$log" || tail -n 20 "$log"
    fi
    if [ -n "$keep" ]; then
        HARNESS=$harness "$program" -merge=1 -max_len=4096 "$corpus" "$work" >>"$log" 2>&1 </dev/null
    fi
    rm -r "$work"
done
exit "$failed"
