#!/bin/sh
# Time from the start of the process to its ready line on an empty store, and the memory that it
# then holds. STARTS (11) times.
. "$(dirname "$0")/support.sh"
starts=${STARTS:-11}

for _ in $(seq "$starts"); do
    rm -rf "$scratch/data"
    began=$(date +%s%N)
    daemon_start
    echo $((($(date +%s%N) - began) / 1000)) >>"$scratch/ready_us"
    curl -s --fail "$url/readyz" >"$scratch/answer"
    sleep 0.2
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status" >>"$scratch/rss_kib"
    daemon_stop
done
awk -v us="$(median <"$scratch/ready_us")" -v kib="$(median <"$scratch/rss_kib")" \
    -v bytes="$(stat -L -c %s "$binary")" -v machine="$(machine)" 'BEGIN {
        printf "ready after %.1f ms, idle at %.1f MiB resident, binary of %.1f MiB, %s\n",
            us / 1000, kib / 1024, bytes / 1048576, machine
    }'
