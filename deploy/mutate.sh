#!/usr/bin/env bash
# Puts small faults into the pure cores, one after the other, in a copy of the tree, and reports which of them no test of the
# pure targets notices. Exits with 1 where there is one. deploy/mutations lists them; each costs half a minute or so.
#
#   deploy/mutate.sh                      all of them
#   deploy/mutate.sh --sample 10 --seed 3 so many, which the seed determines
#   deploy/mutate.sh --only ReplyOrder    those whose file or text holds this
set -euo pipefail
cd "$(dirname "$0")/.."

sample=0 seed=1 only=
while [ $# -gt 0 ]; do
    case $1 in
        --sample) sample=${2:?} ;;
        --seed) seed=${2:?} ;;
        --only) only=${2:?} ;;
        *) sed -n '2,7s/^# \{0,1\}//p' deploy/mutate.sh >&2; exit 64 ;;
    esac
    shift 2
done
command -v swift >/dev/null || { echo "Please install Swift 6.2 or later: https://swift.org/install" >&2; exit 69; }

copy=$PWD/.build/mutants
mkdir -p "$copy"
rm -rf "$copy/Sources" "$copy/Tests"
cp -a Package.swift Package.resolved Sources Tests "$copy"
# The cores only, which build quickly: see Package.swift.
export MAPMUX_PURE_ONLY=1

# Puts the mutation into the copy: the file that is to be written is standard output.
mutated() {
    FROM=$from TO=$to awk '
        { line = $0; sub(/^ +/, "", line) }
        line == ENVIRON["FROM"] { found++; match($0, /^ */); print substr($0, 1, RLENGTH) ENVIRON["TO"]; next }
        { print }
        END { exit found == 1 ? 0 : 1 }' "$1"
}

# Whether the tests of the copy pass. Whatever runs for long does not.
log=$copy/log
tests() {
    timeout 600 swift build --package-path "$copy" --build-tests >"$log" 2>&1 </dev/null || return 2
    # Simulations of minutes go through nothing that the others don't.
    timeout 300 swift test --package-path "$copy" --skip-build --skip SlowTableSimulationTests >"$log" 2>&1 </dev/null
}

# A line a mutation: file, what goes wrong, the line, and what stands there instead, with tabs between.
list=$(awk '
    /^#/ || /^$/ { next }
    /^- / { from = substr($0, 3); next }
    /^\+/ { print file "\t" what "\t" from "\t" substr($0, 3); next }
    { file = $1; what = $0; sub(/^[^ ]+ +/, "", what) }' deploy/mutations)
[ -z "$only" ] || list=$(grep -F -- "$only" <<<"$list") || { echo "no mutation holds $only" >&2; exit 64; }

# All are tried in place before anything is built: the code may have gone on.
stale=0
while IFS=$'\t' read -r file what from to; do
    mutated "Sources/$file" >/dev/null || {
        echo "deploy/mutations: found no line, or several, in $file that are \`$from\`, expected one" >&2
        stale=1
    }
done <<<"$list"
[ "$stale" = 0 ] || exit 1
[ "$sample" = 0 ] || list=$(shuf -n "$sample" --random-source=<(yes "$seed") <<<"$list")

echo "Without a mutation"
tests || { tail -30 "$log"; echo "The tests fail without any mutation, expected them to pass" >&2; exit 1; }
survivors=0 count=0
while IFS=$'\t' read -r file what from to; do
    count=$((count + 1))
    mutated "Sources/$file" >"$copy/Sources/$file"
    outcome=0
    tests || outcome=$?
    cp -a "Sources/$file" "$copy/Sources/$file"
    touch "$copy/Sources/$file"
    case $outcome in
        0) survivors=$((survivors + 1)); echo "NOT NOTICED  $file: $what" ;;
        2) survivors=$((survivors + 1)); echo "NO PROGRAM   $file: $what"; grep -m 3 error: "$log" || true ;;
        *) echo "noticed      $file: $what" ;;
    esac
done <<<"$list"
echo "$count mutations, $survivors that no test has noticed"
[ "$survivors" = 0 ]
