#!/bin/sh
# Fits over HTTP beside the best peer of each workload, on the same data and machine in turn: `fit_bench.sh [WORKLOAD…]`
# (all). Prints tables as Markdown. PEERS (../shared/peers/solvers) has the data and the peers' side; what it needs is
# installed below build/ (PEERS_VENV); peers that cannot be had are left out. REPEATS (3) fits of each; BENCH_HARD (120)
# seconds for a peer.
. "$(dirname "$0")/support.sh"
peers=${PEERS:-../shared/peers/solvers}
venv=${PEERS_VENV:-build/venv-peers}
if [ ! -d "$peers" ]; then
    echo "fits beside peers: skipped, there is no $peers" >&2
    exit 0
fi

if ! venv "$venv" 'numpy, scipy' -r "$peers/requirements.txt" && ! venv "$venv" 'numpy, scipy' numpy scipy; then
    echo "fits beside peers: skipped, numpy and scipy cannot be had" >&2
    exit 0
fi

# The peers' programs write beside themselves.
mkdir -p build/peers
cp "$peers"/* build/peers
PATH=$(cd "$venv/bin" && pwd):$PATH
PEERS_SHARED=$(cd "$peers/../../data" && pwd)
PEERS_CACHE=${PEERS_CACHE:-$(pwd)/build/peers/data}
BENCH_BUDGET=${BENCH_BUDGET:-20}
BENCH_HARD=${BENCH_HARD:-120}
export PATH PEERS_SHARED PEERS_CACHE BENCH_BUDGET BENCH_HARD PYTHONDONTWRITEBYTECODE=1

daemon_start --memory 12G
python3 bench/fit_bench.py "$url" "$(pwd)/build/peers" "$@"
echo
machine
daemon_stop
