#!/bin/sh
# How long a job goes on after it was cancelled: ROUNDS (10) times each kind of fit, at moments spread over it.
. "$(dirname "$0")/support.sh"
daemon_start
machine
python3 bench/cancel_bench.py "$url" "$daemon" "${ROUNDS:-10}"
daemon_stop
