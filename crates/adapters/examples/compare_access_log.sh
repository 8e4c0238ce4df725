#!/bin/sh
# Times three ways through the same access log in a warm cache: what greps the 5xx out of it (best of five), what
# answers three objectives from it (best of five), and what analyses it as a whole (once: it takes minutes).
#
#   sh crates/adapters/examples/compare_access_log.sh [FILE]
#
# Without a file, one of 220 MB is generated. Needs grep, and goaccess (Debian package of that name).
set -eu
cd "$(dirname "$0")/../../.."
cargo build --quiet --release -p toban-adapters --features access-log --examples
built=${CARGO_TARGET_DIR:-target}/release/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=${1:-}
if [ -z "$log" ]; then
    log=$work/access.log
    "$built/generate_access_log" 220 >"$log"
fi

# best RUNS NAME COMMAND: runs the command so often, keeps the shortest time in milliseconds in $work/NAME.
best() {
    runs=$1
    name=$2
    shift 2
    least=
    for _ in $(seq "$runs"); do
        before=$(date +%s%N)
        "$@" >"$work/$name.out" 2>&1
        took=$((($(date +%s%N) - before) / 1000000))
        if [ -z "$least" ] || [ "$took" -lt "$least" ]; then least=$took; fi
    done
    echo "$least" >"$work/$name"
    echo "$name: $least ms"
}

cat "$log" >/dev/null
wc -c "$log"
best 5 grep env LC_ALL=C grep -c '" 5[0-9][0-9] ' "$log"
best 5 toban "$built/scan_access_log" "$log"
best 1 goaccess goaccess "$log" --no-global-config --no-progress --date-format=%d/%b/%Y --time-format=%T \
    --log-format='%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T' -o "$work/report.json"
awk -v grep="$(cat "$work/grep")" -v toban="$(cat "$work/toban")" -v goaccess="$(cat "$work/goaccess")" 'BEGIN {
    printf "toban / grep      %.2f (at most 5)\n", toban / grep
    printf "toban / goaccess  %.3f (below 1)\n", toban / goaccess
    exit !(toban <= 5 * grep && toban < goaccess)
}'
