#!/bin/bash
# Serving beside others, in turns on the same two cores (BENCH_CORES, 0,1), the load generator on them, too:
# an empty libmicrohttpd handler (bench/serve_empty.c), a Rust server (axum, serde_json; its source is looked for in
# PEER_DIR, ../shared/peers/servers, and built with cargo where both are at hand), and the daemon. Single rows of 30
# numbers, batches of 1000, latency at half of the most, memory around a body of 50 MB, system calls of a request,
# and latency while a fit uses every core. BENCH_SECONDS (2) each, ROUNDS (3) turns.
# "logitd" is the daemon asked in its own shape, when it tells label, probabilities and log-odds; "tf" in TensorFlow
# Serving's, which is the Rust server's. "CPU us" is what the server's process took for a request, by its clock: it
# varies less with what else the machine does than rates do.
. "$(dirname "$0")/support.sh"
seconds=${BENCH_SECONDS:-2}
rounds=${ROUNDS:-3}
cores=${BENCH_CORES:-0,1}
peers=${PEER_DIR:-../shared/peers/servers}
programs=build/release/bench
others=
trap 'kill $others 2>/dev/null || true; bench_cleanup' EXIT

if ! command -v wrk >/dev/null; then
    echo "wrk is missing: apt-get install wrk" >&2
    exit 1
fi
taskset -pc "$cores" $$ >/dev/null # and all that it starts

# ---- what is asked ----

# Rows of 30 numbers, N of them, as "[…],[…]": rows N FORMAT
rows() {
    awk -v n="$1" -v format="$2" 'BEGIN {
        srand(n)
        for (r = 1; r <= n; r++) {
            s = ""
            for (i = 1; i <= 30; i++) s = s (i > 1 ? "," : "") sprintf(format, rand() * 4 - 2)
            printf "%s[%s]", (r > 1 ? "," : ""), s
        }
    }'
}

# What a fit reads: csv N
csv() {
    awk -v n="$1" 'BEGIN {
        srand(7)
        for (i = 1; i <= 30; i++) printf "x%d,", i
        print "y"
        for (r = 1; r <= n; r++) {
            s = z = 0
            t = ""
            for (i = 1; i <= 30; i++) {
                x = rand() * 4 - 2
                z += x * (i % 5 - 2)
                t = t sprintf("%.4f,", x)
            }
            print t (rand() < 1 / (1 + exp(-z)))
        }
    }'
}

# {"rows":…} for the daemon, {"instances":…} for the others, of the same rows: bodies NAME N FORMAT
bodies() {
    rows "$2" "$3" >"$scratch/rows"
    { printf '{"rows":['; cat "$scratch/rows"; printf ']}'; } >"$scratch/$1.rows"
    { printf '{"instances":['; cat "$scratch/rows"; printf ']}'; } >"$scratch/$1.instances"
}

# ---- the servers: sets url_NAME, pid_NAME, body_NAME ----

start_empty() {
    $programs/serve_empty 2 >"$scratch/empty" &
    pid_empty=$!
    others="$others $!"
    while [ ! -s "$scratch/empty" ]; do sleep 0.05; done
    url_empty=$(cat "$scratch/empty")/
    body_empty=rows
}

# A random model of 30 weights.
start_rust() {
    if ! command -v cargo >/dev/null || [ ! -f "$peers/rust/Cargo.toml" ]; then
        echo "no Rust server: cargo, or $peers/rust, is not there" >&2
        return
    fi
    # Of a copy, for cargo writes beside what it builds; and not twice.
    mkdir -p build/bench/rust
    cp -rT --no-preserve=mode "$peers/rust" build/bench/rust/source
    if ! CARGO_TARGET_DIR=build/bench/rust cargo build --release -q \
        --manifest-path build/bench/rust/source/Cargo.toml 2>"$scratch/cargo"; then
        echo "no Rust server: it cannot be built here: $(tail -n 1 "$scratch/cargo")" >&2
        return
    fi
    printf '{"bench":{"coef":[%s],"intercept":[0.25]}}' "$(rows 1 %.4f)" >"$scratch/coef.json"
    DATA=$scratch build/bench/rust/release/dot &
    pid_rust=$!
    others="$others $!"
    url_rust=http://127.0.0.1:8271/predict/bench
    body_rust=instances
    sleep 0.3
}

start_logitd() {
    daemon_start --max-body 128M
    csv 2000 >"$scratch/small.csv"
    train "$(upload "$scratch/small.csv")" '"penalty":{"l2":0.1}' 'wait=60' | jq -e '.state == "succeeded"' >/dev/null
    pid_logitd=$daemon
    url_logitd=$url/v1/models/bench/predict
    body_logitd=rows
    pid_tf=$daemon
    url_tf=$url/v1/models/bench:predict
    body_tf=instances
}

# The id of a new dataset: upload FILE
upload() {
    curl -s --fail -H 'Content-Type: text/csv' --data-binary "@$1" "$url/v1/datasets?name=bench" | jq -r .id
}

# A job: train DATASET SETTINGS PREFER
train() {
    curl -s --fail -H 'Content-Type: application/json' -H "Prefer: $3" \
        -d "{\"model\":\"bench\",\"target\":\"y\",\"dataset\":\"$1\",$2}" "$url/v1/jobs"
}

# ---- measuring ----

# Microseconds of CPU time so far: cpu PID
cpu() {
    awk -v ticks="$(getconf CLK_TCK)" '{print ($14 + $15) * 1e6 / ticks}' "/proc/$1/stat"
}

# Appends "requests/s p50-us p99-us CPU-us" to $scratch/NAME.WHAT; load NAME WHAT CONNECTIONS
load() {
    u=url_$1 p=pid_$1 b=body_$1
    cat >"$scratch/wrk.lua" <<END
local f = io.open("$scratch/$2.${!b}", "rb")
wrk.method, wrk.body = "POST", f:read("*a")
wrk.headers["Content-Type"] = "application/json"
done = function(s, l)
    local e = s.errors
    io.write(string.format("rate %f %d %d %d %d\n", s.requests / s.duration * 1e6, l:percentile(50), l:percentile(99),
        s.requests, e.status + e.read + e.write + e.timeout))
end
END
    before=$(cpu "${!p}")
    wrk -t 1 -c "$3" -d "${seconds}s" -s "$scratch/wrk.lua" "${!u}" >"$scratch/wrk.out"
    after=$(cpu "${!p}")
    awk -v before="$before" -v after="$after" '/^rate/ {
        if ($6 > 0) {print $6 " requests failed" >"/dev/stderr"; exit 1}
        printf "%.0f %d %d %.2f\n", $2, $3, $4, (after - before) / $5
    }' "$scratch/wrk.out" >>"$scratch/$1.$2.$3"
}

# The median of a column of what load wrote: of NAME WHAT CONNECTIONS COLUMN
of() {
    awk -v c="$4" '{print $c}' "$scratch/$1.$2.$3" | median
}

# Of requests that are due at even intervals, "p50 p99 most" in us: paced RATE SECONDS
paced() {
    set -- "$1" "$2" "${url#http://127.0.0.1:}"
    $programs/serve_paced "$3" /v1/models/bench/predict "$scratch/single.rows" 8 "$1" "$2" |
        awk '{if ($5 > 0) {print $5 " requests failed" >"/dev/stderr"; exit 1} print $2, $3, $4}'
}

# ---- the tables ----

measure_rates() {
    for _ in $(seq "$rounds"); do
        for c in 1 8 64; do
            for s in $servers; do load "$s" single "$c"; done
        done
        for what in short long; do
            for s in $servers; do load "$s" "$what" 2; done
        done
    done
}

print_singles() {
    echo "single rows of 30 numbers; medians of $rounds turns of $seconds s"
    for c in 1 8 64; do
        for s in $servers; do
            printf '  %-6s %2d connections: %7d/s, p50 %5d us, p99 %6d us, CPU %6.2f us\n' "$s" "$c" \
                "$(of "$s" single "$c" 1)" "$(of "$s" single "$c" 2)" "$(of "$s" single "$c" 3)" "$(of "$s" single "$c" 4)"
        done
    done
}

print_batches() {
    echo "batches of 1000 x 30 numbers, two connections"
    for what in short long; do
        for s in $servers; do
            [ "$s" != empty ] || continue
            awk -v s="$s" -v what="$what" -v rate="$(of "$s" "$what" 2 1)" -v cpu="$(of "$s" "$what" 2 4)" \
                -v bytes="$(stat -c %s "$scratch/$what.rows")" 'BEGIN {
                    printf "  %-6s %-5s: %8d rows/s, %4d MB/s; for a CPU second %8d rows, %4d MB\n", s, what,
                        rate * 1000, rate * bytes / 1e6, 1e9 / cpu, bytes / cpu
                }'
        done
    done
}

# Of column C, in each turn: ratio NAME OTHER WHAT CONNECTIONS COLUMN
ratio() {
    paste -d ' ' "$scratch/$1.$3.$4" "$scratch/$2.$3.$4" |
        awk -v c="$5" '{printf "%.3f\n", $c / $(c + 4)}' | median
}

print_ratios() {
    echo "ratios, medians of the turns (goals: 0.6 of empty, 1.2 of rust; batches 3 of rust)"
    for c in 1 8 64; do
        for s in empty ${url_rust:+rust}; do
            echo "  $c connections, requests/s: logitd $(ratio logitd "$s" single "$c" 1) of $s," \
                "tf $(ratio tf "$s" single "$c" 1)"
        done
    done
    for what in short long; do
        for s in ${url_rust:+logitd tf}; do
            echo "  $s, batches of $what numbers: $(ratio "$s" rust "$what" 2 1) of rust," \
                "for a CPU second $(ratio rust "$s" "$what" 2 4)"
        done
    done
}

print_half_load() {
    most=$(of logitd single 8 1)
    for _ in $(seq "$rounds"); do paced $((most / 2)) "$seconds" >>"$scratch/half"; done
    echo "at half of that, $((most / 2))/s on 8 connections: p50 $(awk '{print $1}' "$scratch/half" | median) us," \
        "p99 $(awk '{print $2}' "$scratch/half" | median) us (goal: below 1000)"
}

resident() {
    awk -v key="$1:" '$1 == key {printf "%.1f", $2 / 1024}' "/proc/$daemon/status"
}

print_memory() {
    n=$((50000000 / ($(stat -c %s "$scratch/long.rows") - 11) * 1000))
    { printf '{"rows":['; rows "$n" %.17g; printf ']}'; } >"$scratch/big"
    before=$(resident VmRSS)
    echo 5 >"/proc/$daemon/clear_refs" # VmHWM from now on
    curl -s --fail -H 'Content-Type: application/json' --data-binary "@$scratch/big" "$url_logitd" -o "$scratch/answer"
    sleep 0.5
    echo "memory around a body of $(($(stat -c %s "$scratch/big") / 1000000)) MB: $before MiB before," \
        "$(resident VmHWM) at most, $(resident VmRSS) after (goal: 16 above)"
}

print_calls() {
    if ! command -v strace >/dev/null; then
        echo "system calls: strace is missing"
        return
    fi
    strace -c -f -p "$daemon" -o "$scratch/strace" 2>/dev/null &
    tracer=$!
    sleep 0.5
    load logitd single 1
    kill -INT "$tracer"
    wait "$tracer" || true
    awk '/^rate/ {print $5}' "$scratch/wrk.out" >"$scratch/n"
    echo "system calls of a request, one connection (strace; others are rarer):"
    awk -v n="$(cat "$scratch/n")" '$4 ~ /^[0-9]+$/ && $NF != "total" && $4 / n > 0.01 {
        printf "  %s %.2f\n", $NF, $4 / n}' "$scratch/strace"
}

print_during_fit() {
    csv 50000 >"$scratch/part.csv"
    { cat "$scratch/part.csv"; for _ in 2 3 4 5 6; do tail -n +2 "$scratch/part.csv"; done; } >"$scratch/large.csv"
    dataset=$(upload "$scratch/large.csv")
    for _ in $(seq "$rounds"); do paced 2000 "$seconds" >>"$scratch/idle"; done
    job=$(train "$dataset" '"algorithm":"gradient_descent","tolerance":1e-300,"max_iterations":1000000' 'respond-async' |
        jq -r .id)
    sleep 2
    busy=$(cpu "$daemon")
    for _ in $(seq "$rounds"); do paced 2000 "$seconds" >>"$scratch/fitting"; done
    busy=$(awk -v a="$busy" -v b="$(cpu "$daemon")" -v s="$((rounds * seconds))" 'BEGIN {printf "%.1f", (b - a) / 1e6 / s}')
    curl -s "$url/v1/jobs/$job" | jq -e '.state == "running"' >/dev/null
    curl -s -X POST "$url/v1/jobs/$job/cancel" >"$scratch/answer"
    idle=$(awk '{print $2}' "$scratch/idle" | median) fitting=$(awk '{print $2}' "$scratch/fitting" | median)
    echo "2000/s on 8 connections: p99 $idle us idle, $fitting us while a fit uses every core ($busy of 2 at work):" \
        "$(awk -v a="$fitting" -v b="$idle" 'BEGIN {printf "%.2f", a / b}') times (goal: 2)"
}

echo "serving $(machine); load $(cut -d ' ' -f 1 /proc/loadavg) before"
bodies single 1 %.4f
bodies short 1000 %.4f
bodies long 1000 %.17g
url_rust=
start_empty
start_rust
start_logitd
servers="empty ${url_rust:+rust} logitd tf"
measure_rates
print_singles
print_batches
print_ratios
print_half_load
print_memory
print_calls
print_during_fit
echo "load $(cut -d ' ' -f 1 /proc/loadavg) after"
daemon_stop
