# For bench/*_bench.sh, which source this: a daemon on a free port and an empty data directory.
# shellcheck shell=sh
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
binary=${LOGITD_BINARY:-build/logitd}
unset LOGITD_BINARY
scratch=$(mktemp -d)
daemon=

bench_cleanup() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    rm -rf "$scratch"
}
trap bench_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Sets daemon to its process id and url to its address once it is ready.
daemon_start() {
    [ -p "$scratch/ready" ] || mkfifo "$scratch/ready"
    "$binary" --listen 127.0.0.1:0 --data "$scratch/data" --log-level warning "$@" \
        >"$scratch/ready" 2>"$scratch/log" &
    daemon=$!
    read -r line <"$scratch/ready" || { cat "$scratch/log" >&2; exit 1; }
    url=${line#logitd ready on }
}

daemon_stop() {
    kill "$daemon"
    wait "$daemon"
    daemon=
}

# The middle one of the numbers on standard input.
median() {
    sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

machine() {
    echo "on $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}

# venv DIR MODULES REQUIREMENT…: a Python in DIR (below build/) which imports MODULES ("a, b"), installed if it must be;
# false, and no DIR, where they cannot be had.
venv() {
    venv_dir=$1
    venv_modules=$2
    shift 2
    "$venv_dir/bin/python" -c "import $venv_modules" 2>"$scratch/pip" && return
    rm -rf "$venv_dir"
    python3 -m venv "$venv_dir" >"$scratch/pip" 2>&1 &&
        "$venv_dir/bin/pip" install --quiet --disable-pip-version-check "$@" >"$scratch/pip" 2>&1 && return
    rm -rf "$venv_dir"
    return 1
}
