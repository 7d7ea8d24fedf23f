#!/bin/sh
# A fit of data larger than the memory budget beside the same in memory: BENCH_MIB (2048) of CSV, 20 numbers
# and a label a row, with --memory BENCH_MEMORY_MIB (256) and with half of the machine's, ROUNDS (3) turns on one
# dataset. Prints both times, their ratio, and what the process held at most in the first; fails where
# coefficients differ.
. "$(dirname "$0")/support.sh"
mib=${BENCH_MIB:-2048}
memory_mib=${BENCH_MEMORY_MIB:-256}
rounds=${ROUNDS:-3}

# The text, the table, and the design.
if [ "$(df -Pk "$scratch" | awk 'NR == 2 {print $4}')" -lt $((mib * 1024 * 5)) ]; then
    echo "a fit on disk: skipped, $scratch lacks 5 times $mib MiB" >&2
    exit 0
fi

# Rows of 50 MB, over and over.
csv() {
    awk 'BEGIN {
        srand(1)
        for (r = 1; r <= 400000; r++) {
            s = ""
            z = 0
            for (i = 1; i <= 20; i++) {
                x = int(rand() * 20000 - 10000) / 1000
                z += x * (i % 5 - 2) / 20
                s = s x ","
            }
            print s (rand() < 1 / (1 + exp(-z)))
        }
    }' >"$scratch/rows"
    for i in $(seq 20); do printf 'x%d,' "$i"; done
    echo y
    while cat "$scratch/rows"; do :; done
}

# What the process holds at most: KiB.
peak() {
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"
}

# Seconds of a fit, into FILE; its coefficients beside it: fit FILE [SETTING...]
fit() {
    into=$1
    shift
    daemon_start "$@"
    job=$(curl -s --fail -H 'Content-Type: application/json' \
        -d "{\"model\":\"bench\",\"target\":\"y\",\"dataset\":\"$dataset\"}" "$url/v1/jobs" | jq -r .id)
    state=queued
    while [ "$state" = queued ] || [ "$state" = running ]; do
        sleep 0.2
        state=$(curl -s --fail "$url/v1/jobs/$job" | jq -r .state)
    done
    version=$(curl -s --fail "$url/v1/jobs/$job" | jq -er .version)
    curl -s --fail "$url/v1/models/bench/versions/$version" >"$scratch/model"
    jq -r .fit.seconds.total "$scratch/model" >>"$into"
    jq -c .coefficients "$scratch/model" >"$into.coefficients"
    jq -r .fit.design.on_disk "$scratch/model" >"$into.on_disk"
    peak >>"$into.kib"
    daemon_stop
}

small=$((memory_mib * 1024 * 1024))
daemon_start --memory "$small" --max-upload $((mib * 2))M
csv 2>"$scratch/broken_pipe" | head -c $((mib * 1024 * 1024)) | sed '$d' >"$scratch/csv"
dataset=$(curl -s --fail -H 'Content-Type: text/csv' -T "$scratch/csv" -X POST "$url/v1/datasets" | jq -er .id)
rm "$scratch/csv"
echo "upload of $mib MiB: at most $(peak) KiB held"
daemon_stop
for round in $(seq "$rounds"); do
    fit "$scratch/on_disk" --memory "$small"
    fit "$scratch/in_memory"
    echo "round $round: on disk $(tail -n 1 "$scratch/on_disk") s, in memory $(tail -n 1 "$scratch/in_memory") s"
done
[ "$(cat "$scratch/on_disk.on_disk") $(cat "$scratch/in_memory.on_disk")" = "true false" ]
cmp "$scratch/on_disk.coefficients" "$scratch/in_memory.coefficients"
awk -v disk="$(median <"$scratch/on_disk")" -v memory="$(median <"$scratch/in_memory")" -v mib="$mib" \
    -v kib="$(sort -n "$scratch/on_disk.kib" | tail -n 1)" -v budget="$memory_mib" -v machine="$(machine)" 'BEGIN {
        printf "a fit of %d MiB of CSV: %.1f s on disk with --memory %dM, %.1f s in memory (%.2f times), ",
            mib, disk, budget, memory, disk / memory
        printf "at most %d MiB held (budget + %d), the same bits, %s\n", kib / 1024, kib / 1024 - budget, machine
    }'
