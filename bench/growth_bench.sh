#!/bin/sh
# How the time of a fit grows with rows, columns, classes and threads: prints a table for each axis and draws
# bench/plots/AXIS.svg, with exponents. AXES (rows,columns,classes); REPEATS (3) fits of each. matplotlib is installed
# below build/. The largest data take 3 GB of memory here, and twice that on disk.
. "$(dirname "$0")/support.sh"
python=build/venv-plots/bin/python
if ! venv build/venv-plots matplotlib matplotlib; then
    echo "growth: skipped, matplotlib cannot be had" >&2
    exit 0
fi

# measure THREADS ALGORITHMS
measure() {
    daemon_start --threads "$1" --memory 10G --max-upload 4G
    "$python" bench/growth_bench.py measure "$url" "$scratch/$1" "${AXES:-rows,columns,classes}" "$2"
    daemon_stop
}

measure 1 auto
measure 2 auto,newton,newton_cg,lbfgs
echo "Milliseconds of the solver (seconds.solve), by algorithm and threads:"
"$python" bench/growth_bench.py report 1 "$scratch/1" 2 "$scratch/2"
machine
