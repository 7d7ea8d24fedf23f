"""Cancels one fit after the other, at moments spread over its whole length: python cancel_bench.py URL PID ROUNDS.

Prints, for each kind of fit, the longest time from the call to the end by the clock, and the processor seconds that the
daemon used in between, which other programs on the machine do not change; and the stage in which that was."""

import os
import random
import sys
import time

from api import Api

API, PID, ROUNDS = Api(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def cpu():
    with open(f"/proc/{PID}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def numbers(n_rows, n_columns, n_copies=0):
    """CSV of a binary target and columns; of the last n_copies each is the sum of two before."""
    draw = random.Random(1)
    lines = [",".join(["y"] + [f"x{j}" for j in range(n_columns)])]
    for _ in range(n_rows):
        x = [draw.random() for _ in range(n_columns - n_copies)]
        x += [x[j] + x[j + 1] for j in range(n_copies)]
        lines.append(",".join([str(int(x[0] - x[1] + draw.random() > 0.5))] + [f"{v:.3f}" for v in x]))
    return "\n".join(lines).encode()


def state(job):
    return API.call("GET", f"/v1/jobs/{job}")


def await_end(job, most=float("inf")):
    until = time.monotonic() + most
    while (now := state(job))["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.001)
    return now


def cancel(job):
    """Clock and processor seconds to the end, and the stage."""
    stage = state(job)["progress"]["stage"]
    clock, used = time.monotonic(), cpu()
    API.call("POST", f"/v1/jobs/{job}/cancel")
    await_end(job)
    return time.monotonic() - clock, cpu() - used, stage


def measure(name, text, fields):
    dataset = API.call("POST", "/v1/datasets", text, "text/csv")["id"]
    request = {"model": "m", "dataset": dataset, "target": "y"} | fields
    began = time.monotonic()
    job = API.call("POST", "/v1/jobs", request)["id"]
    await_end(job, 60)
    API.call("POST", f"/v1/jobs/{job}/cancel")
    await_end(job)
    whole = time.monotonic() - began
    ends = []
    for i in range(ROUNDS):
        job = API.call("POST", "/v1/jobs", request)["id"]
        time.sleep(whole * (i + 0.5) / ROUNDS)
        ends.append(cancel(job))
    slowest, busiest = max(ends), max(ends, key=lambda end: end[1])
    print(
        f"{name}: a fit of {whole:.1f} s; cancelled {ROUNDS} times, at most {slowest[0]:.3f} s by the clock "
        f"({slowest[2]}), {busiest[1]:.2f} processor seconds ({busiest[2]})"
    )


measure("300 000 rows of 8 columns", numbers(300_000, 8), {})
measure("700 columns", numbers(2500, 700), {})
measure("1500 columns", numbers(4000, 1500), {})
measure("1500 columns, 500 of them sums of others", numbers(4000, 1500, 500), {})
measure("a path with folds", numbers(4000, 60), {"path": {"n_lambdas": 50}, "cross_validation": {"folds": 5}})
