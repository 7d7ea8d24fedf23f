#!/bin/sh
# Uploads of text over HTTP beside pandas' C reader on the same files, in turns: BENCH_MIB (128) each, ROUNDS (5)
# turns. Prints the best of each in MB a second by the clock, the ratio, and MB for each second of processor time.
# pandas is installed below build/; where it cannot be had, nothing is measured. It does not read LIBSVM.
. "$(dirname "$0")/support.sh"
mib=${BENCH_MIB:-128}
rounds=${ROUNDS:-5}
if ! venv build/venv-pandas pandas pandas; then
    echo "uploads beside pandas: skipped, pandas cannot be had" >&2
    exit 0
fi
python() {
    build/venv-pandas/bin/python bench/pandas_bench.py "$@"
}

# Processor seconds of the daemon so far.
cpu() {
    awk -v hz="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print ($12 + $13) / hz}' "/proc/$daemon/stat"
}

# Processor seconds and those by the clock: upload FILE TYPE
upload() {
    before=$(cpu)
    clock=$(curl -s --fail -o "$scratch/dataset" -w '%{time_total}' -H "Content-Type: $2" -H 'Expect:' \
        -T "$1" -X POST "$url/v1/datasets")
    awk -v before="$before" -v after="$(cpu)" -v clock="$clock" 'BEGIN {print after - before, clock}'
    curl -s --fail -X DELETE "$url/v1/datasets/$(jq -er .id "$scratch/dataset")"
}

# The least of a column of a file: least FILE COLUMN
least() {
    awk -v j="$2" 'NR == 1 || $j < best {best = $j} END {print best}' "$1"
}

# measure WHAT NAME TYPE
measure() {
    rm -f "$scratch/ours" "$scratch/theirs"
    python write "$1" "$scratch/text" $((mib * 1024 * 1024))
    for round in $(seq "$rounds"); do
        upload "$scratch/text" "$3" >>"$scratch/ours"
        [ "$1" = libsvm ] || python read "$scratch/text" >>"$scratch/theirs"
    done
    awk -v bytes="$(wc -c <"$scratch/text")" -v name="$2" -v cpu="$(least "$scratch/ours" 1)" \
        -v clock="$(least "$scratch/ours" 2)" \
        -v pandas="$([ "$1" = libsvm ] || least "$scratch/theirs" 2)" \
        -v pandas_cpu="$([ "$1" = libsvm ] || least "$scratch/theirs" 1)" 'BEGIN {
            mb = bytes / 1e6
            printf "%s: %.0f MB/s (%.0f a core, %.2f CPU seconds)", name, mb / clock, mb / cpu, cpu
            if (pandas)
                printf ", pandas %.0f MB/s (%.0f a core): %.2f times as fast, %.2f a core",
                    mb / pandas, mb / pandas_cpu, pandas / clock, pandas_cpu / cpu
            print ""
        }'
}

daemon_start --max-upload $((mib * 2))M
measure csv6 "CSV of 8 numbers of 6 digits" text/csv
measure integers "CSV of 8 small integers" text/csv
measure csv17 "CSV of 8 doubles in 17 digits" text/csv
measure libsvm "LIBSVM of 40 numbers" text/x-libsvm
echo "$(machine), load $(cut -d ' ' -f 1 /proc/loadavg)"
