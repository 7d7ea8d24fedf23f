#!/bin/sh
# Single predictions of 30 numbers a second, one keep-alive client a core, beside GET /livez, which
# computes nothing, in turns on the same daemon. BENCH_SECONDS (3) each, ROUNDS (3) turns.
. "$(dirname "$0")/support.sh"
seconds=${BENCH_SECONDS:-3}
rounds=${ROUNDS:-3}

# A job with rows of 30 numbers, and a prediction of one: BODY as JSON.
bodies() {
    awk -v jobs="$scratch/job.json" -v one="$scratch/predict.json" '
        function row(    i, s) {
            for (i = 1; i <= 30; i++) s = s (i > 1 ? "," : "") sprintf("%.4f", rand() * 4 - 2)
            return s
        }
        BEGIN {
            srand(1)
            printf "{\"model\":\"bench\",\"target\":\"y\",\"penalty\":{\"l2\":0.1},\"data\":{\"columns\":[" >jobs
            for (i = 1; i <= 30; i++) printf "\"x%d\",", i >jobs
            printf "\"y\"],\"rows\":[" >jobs
            for (r = 1; r <= 300; r++) printf "%s[%s,%d]", (r > 1 ? "," : ""), row(), rand() < 0.5 >jobs
            printf "]}}" >jobs
            printf "{\"rows\":[[%s]]}", row() >one
        }'
}

# Requests a second: rate PATH [BODY-FILE]
rate() {
    {
        if [ $# = 2 ]; then
            printf 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            printf 'wrk.body = [==[%s]==]\n' "$(cat "$2")"
        fi
        # shellcheck disable=SC2016
        printf 'done = function(s) local e = s.errors\n'
        printf '  io.write("rate ", s.requests / s.duration * 1e6, " ", e.status + e.read + e.write + e.timeout, "\\n") end\n'
    } >"$scratch/wrk.lua"
    wrk -t "$(nproc)" -c "$(nproc)" -d "${seconds}s" -s "$scratch/wrk.lua" "$url$1" >"$scratch/wrk.out"
    awk '/^rate/ {if ($3 > 0) {print $3 " requests failed" >"/dev/stderr"; exit 1} printf "%.0f\n", $2}' "$scratch/wrk.out"
}

bodies
daemon_start
curl -s --fail -H 'Content-Type: application/json' -H 'Prefer: wait=30' --data-binary "@$scratch/job.json" \
    "$url/v1/jobs" | jq -e '.state == "succeeded"' >/dev/null
for round in $(seq "$rounds"); do
    rate /livez >>"$scratch/livez"
    rate /v1/models/bench/predict "$scratch/predict.json" >>"$scratch/predict"
    echo "round $round: livez $(tail -n 1 "$scratch/livez")/s, predict $(tail -n 1 "$scratch/predict")/s"
done
livez=$(median <"$scratch/livez")
predict=$(median <"$scratch/predict")
echo "predictions: $predict/s, $((100 * predict / livez)) % of /livez ($livez/s), $(machine)"
daemon_stop
