"""How the time of a fit grows, in two steps: with a daemon of so many threads, `growth_bench.py measure URL FILE AXES
ALGORITHMS` (names with commas between) keeps what each fit takes in FILE, then `growth_bench.py report 1 FILE 2 FILE` prints
tables and draws bench/plots/AXIS.svg.

Along each axis (rows, columns, classes) one number grows while the others stay; data are drawn, responses follow a model.
The exponent is that of a power over the upper half of an axis.
"""

import json
import os
import sys

import numpy
from matplotlib import pyplot

from api import Api, Refused

PLOTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plots")
COLOURS = {"auto": "C0", "newton": "C1", "newton_cg": "C2", "lbfgs": "C3"}
LONG = 20  # seconds: an algorithm that takes longer is left out further up
REPEATS = int(os.environ.get("REPEATS", "3"))
L2 = 1e-4
# Axis: its values, and the shape (rows, columns, classes) at one of them.
AXES = {
    "rows": ([1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000], lambda n: (n, 10, 2)),
    "columns": ([10, 30, 100, 300, 1000, 3000, 10_000], lambda n: (2000, n, 2)),
    "classes": ([2, 3, 5, 10, 20, 50, 100], lambda n: (20_000, 20, n)),
}


def draw(n_rows, n_columns, n_classes):
    random = numpy.random.default_rng(1)
    x = random.standard_normal((n_rows, n_columns))
    weights = random.standard_normal((n_columns, n_classes)) * 2 / numpy.sqrt(n_columns)
    y = numpy.empty(n_rows)
    for first in range(0, n_rows, 100_000):
        rows = slice(first, first + 100_000)
        margins = x[rows] @ weights
        y[rows] = numpy.argmax(margins + random.gumbel(size=margins.shape), 1)
    return x, y


def seconds_of(api, dataset, target, algorithm, n_classes):
    job = {"model": "growth", "dataset": dataset, "target": target, "algorithm": algorithm, "penalty": {"l2": L2},
           "family": "binomial" if n_classes == 2 else "multinomial", "statistics": False, "time_limit_seconds": 3 * LONG}
    best = numpy.inf
    for _ in range(REPEATS):
        best = min(best, api.fit(job, 600)["fit"]["seconds"]["solve"])
        if best > 1:
            break
    return best


def series_of(api, axis, algorithms):
    """What each algorithm takes along the axis: null where it failed, or took too long before."""
    values, shape = AXES[axis]
    times = {algorithm: [] for algorithm in algorithms}
    for value in values:
        x, y = draw(*shape(value))
        dataset, target = api.upload(x, y)
        del x, y
        for algorithm, seconds in times.items():
            is_hopeless = seconds and (seconds[-1] is None or seconds[-1] > LONG)
            try:
                took = None if is_hopeless else seconds_of(api, dataset, target, algorithm, shape(value)[2])
            except Refused:
                took = None
            seconds.append(took)
        api.call("DELETE", f"/v1/datasets/{dataset}")
    return times


def measure(url, file, axes, algorithms):
    times = {axis: series_of(Api(url), axis, algorithms.split(",")) for axis in axes.split(",")}
    with open(file, "w", encoding="ascii") as out:
        json.dump(times, out)


def exponent(values, seconds):
    """Of a power of the axis, by least squares of logarithms over its upper half."""
    half = len(values) // 2
    x, y = numpy.log(values[half:]), numpy.log(seconds[half:])
    is_there = numpy.isfinite(y)
    return numpy.polyfit(x[is_there], y[is_there], 1)[0] if is_there.sum() > 1 else numpy.nan


def plot(axis, values, times):
    figure, axes = pyplot.subplots(figsize=(7, 5))
    for (algorithm, threads), seconds in times.items():
        axes.loglog(values, seconds, marker=".", linestyle="-" if threads == 2 else ":",
                    color=COLOURS[algorithm], linewidth=2.5 if algorithm == "auto" else 1,
                    label=f"{algorithm}, {threads} thread{'s' * (threads > 1)}: exponent {exponent(values, seconds):.2f}")
    axes.set_xlabel(axis)
    axes.set_ylabel("seconds of a fit")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(f"{PLOTS}/{axis}.svg", metadata={"Date": None})
    pyplot.close(figure)


def print_table(axis, values, times):
    print("| " + axis + " | " + " | ".join(f"{name}, {threads}" for name, threads in times) + " | auto / best |")
    print("|---" * (len(times) + 2) + "|")
    for i, value in enumerate(values):
        best = numpy.nanmin([times[name, 2][i] for name in COLOURS if name != "auto"])
        cells = " | ".join(f"{1e3 * seconds[i]:.3g}" for seconds in times.values())
        print(f"| {value} | {cells} | {times['auto', 2][i] / best:.2f} |")
    print("| exponent | " + " | ".join(f"{exponent(values, seconds):.2f}" for seconds in times.values()) + " | |\n", flush=True)


def load(files):
    """By axis, then by algorithm and threads: seconds, NaN where there are none."""
    times = {}
    for threads, name in files.items():
        with open(name, encoding="ascii") as file:
            for axis, series in json.load(file).items():
                for algorithm, seconds in series.items():
                    times.setdefault(axis, {})[algorithm, threads] = numpy.array(seconds, float)
    return times


def report(files):
    os.makedirs(PLOTS, exist_ok=True)
    pyplot.rcParams["svg.hashsalt"] = "logitd"
    for axis, times in load(files).items():
        print_table(axis, AXES[axis][0], times)
        plot(axis, AXES[axis][0], times)


if __name__ == "__main__":
    if sys.argv[1] == "measure":
        measure(*sys.argv[2:])
    else:
        report(dict(zip(map(int, sys.argv[2::2]), sys.argv[3::2])))
