"""Fits by a daemon beside the best peer of each workload: python fit_bench.py URL PEERS [WORKLOAD…].

PEERS is a directory with workloads.py, bench.py, infer.py, path.py and refs.json, which build the data, know each optimum
and time the peers. A time is the least of REPEATS (3) fits at the loosest tolerance whose objective, computed here from the
coefficients that were answered, is within the goal of the optimum; a peer's is its fit call's on the same terms. Ours is
`seconds.solve` of the job. Peers that are not installed leave their columns empty.
"""

import json
import os
import subprocess
import sys
import time

import numpy

from api import Api, Refused

URL, PEERS = sys.argv[1], sys.argv[2]
sys.path.insert(0, PEERS)
import ref  # noqa: E402  pylint: disable=wrong-import-position
import workloads  # noqa: E402  pylint: disable=wrong-import-position

REPEATS = int(os.environ.get("REPEATS", "3"))
LONG = 5  # seconds of a fit that is not repeated
TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-8)
with open(f"{PEERS}/refs.json", encoding="ascii") as _file:
    REFERENCES = json.load(_file)

# Workload: the goal as a ratio, to which relative suboptimality, and the peers with their threads.
FITS = {
    "syn1m30": (8, 1e-6, {"glum-irls": 1, "sk-newton-cholesky": 1}),
    "syn100k10": (20, 1e-6, {"glum-irls": 1, "sk-lbfgs": 1}),
    "syn100k300": (4, 1e-6, {"sk-lbfgs": 1}),
    "skin": (25, 1e-6, {"sk-newton-cholesky": 1, "glum-irls": 1}),
    "adult": (15, 1e-6, {"glum-irls": 1, "sk-newton-cholesky": 1}),
    "a9a": (15, 1e-6, {"glum-irls": 1, "cyanure": 1}),
    "a9a_l1": (15, 1e-6, {"glum-irls": 1, "cyanure": 1}),
    "rcv1_small": (5, 1e-6, {"liblinear-s0": 1}),
    "rcv1_l1": (5, 1e-6, {"liblinear-s6": 1}),
    "wide100x1000": (4, 1e-6, {"cyanure": 1}),
    "credit_raw": (10, 1e-6, {"glum-irls": 1}),
    "syn10k75k12": (5, 1e-6, {"sk-newton-cg": 1, "sk-lbfgs": 1}),
    "covtype20k": (10, 1e-6, {"cyanure": 1}),
    "mnist": (6, 1e-4, {"cyanure": 2}),
    "news20": (None, 1e-6, {}),
}
INFERENCES = {"syn100k10_inf": 20, "adult_inf": 20}
PATH, PATH_GOAL = "nci60_l1path", 2


# ---- what the machine allows ----


def least_seconds(work, times=5):
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def machine():
    """Bytes and floating-point operations a second that numpy's BLAS reaches on all cores."""
    vector, matrix = numpy.ones(64 << 20), numpy.ones((2000, 2000))
    read = vector.nbytes / least_seconds(lambda: vector @ vector)
    flops = 2 * 2000**3 / least_seconds(lambda: matrix @ matrix)
    return read, flops


def limit_seconds(x, n_classes, fit, machine_rates):
    """A model: each pass reads the data, and by newton forms the lower half of a Hessian, whichever takes longer."""
    read, flops = machine_rates
    sparse = hasattr(x, "indptr")
    of_reading = (12 * x.nnz if sparse else 8 * x.size) / read
    n_blocks = 1 if n_classes == 2 else n_classes - 1
    width = x.nnz / x.shape[0] if sparse else x.shape[1]
    of_hessian = x.shape[0] * width**2 * n_blocks * (n_blocks + 1) / 2 / flops if fit["algorithm"] == "newton" else 0
    return fit["passes"] * max(of_reading, of_hessian)


# ---- ours ----


def column(term):
    return int(term.removeprefix("c")) - 1


def coefficients(version, n_columns):
    """Weights and intercepts as workloads.J wants them."""
    if version["family"] == "binomial":
        weights, intercept = numpy.zeros(n_columns), 0.0
        for row in version["coefficients"]:
            if row["term"] == "(intercept)":
                intercept = row["estimate"]
            else:
                weights[column(row["term"])] = row["estimate"] or 0
        return weights, intercept
    softmax = version["softmax"]
    weights = numpy.zeros((n_columns, len(softmax["classes"])))
    weights[[column(term) for term in softmax["columns"]], :] = numpy.array(softmax["weights"]).T
    return weights, numpy.array(softmax["intercepts"])


def fastest(api, job):
    best = None
    for _ in range(REPEATS):
        ended = api.fit(job)
        if best is None or ended["fit"]["seconds"]["solve"] < best["fit"]["seconds"]["solve"]:
            best = ended
        if best["fit"]["seconds"]["solve"] > LONG:
            break
    return best


def job_of(meta, dataset, target, **fields):
    kind = "l1" if meta["pen"] == "l1" else "l2"
    penalty = {"penalty": {kind: meta["lam"]}} if meta["lam"] > 0 else {}
    family = "binomial" if meta["K"] == 2 else "multinomial"
    return {"model": "bench", "dataset": dataset, "target": target, "family": family, **penalty, **fields}


def version_of(api, ended):
    return api.call("GET", f"/v1/models/bench/versions/{ended['version']}?include=coefficients")


def fit_ours(api, name, goal):
    """The first fit within the goal, and how far it is from the optimum."""
    x, y, meta = workloads.load(name)
    dataset, target = api.upload(x, y)
    optimum = REFERENCES[name]["J"]
    for tolerance in TOLERANCES:
        ended = fastest(api, job_of(meta, dataset, target, tolerance=tolerance, statistics=False))
        value = workloads.J(x, y, meta, *coefficients(version_of(api, ended), x.shape[1]))
        above = (value - optimum) / abs(optimum)
        if above <= goal:
            break
    api.call("DELETE", f"/v1/datasets/{dataset}")
    return ended["fit"], above, tolerance


# ---- theirs ----


def lines_of(command, threads, seconds):
    """What a program of the peers prints as JSON; nothing where it cannot run."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | {name: str(threads) for name in names}
    try:
        run = subprocess.run(
            [sys.executable, *command], cwd=PEERS, env=environment, capture_output=True, text=True, timeout=seconds
        )
        text = run.stdout
    except subprocess.TimeoutExpired as expired:
        text = (expired.stdout or b"").decode()
    lines = [line.removeprefix("@@") for line in text.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


def best_peer(name, level, peers):
    best = ("", None, None)
    for solver, threads in peers.items():
        command = ["bench.py", "--worker", name, solver, str(threads)]
        for line in lines_of(command, threads, float(os.environ["BENCH_HARD"])):
            if line.get("level") == level and (best[1] is None or line["t"] < best[1]):
                best = (solver, line["t"], line["sub"])
    return best


# ---- rows of the tables ----


def ratio(theirs, ours):
    return f"{theirs / ours:.1f}" if theirs else ""


def milliseconds(seconds):
    return f"{1e3 * seconds:.3g}" if seconds else ""


def distance(value):
    return f"{max(value, 0):.0e}" if value is not None else ""


def print_row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def print_head(*cells):
    print_row(*cells)
    print_row(*["---"] * len(cells))


def fits(api, names):
    rates = machine()
    print(f"The machine, by numpy's BLAS: reads {rates[0] / 1e9:.1f} GB/s, {rates[1] / 1e9:.0f} GFLOP/s.\n")
    print_head("fit", "algorithm", "tolerance", "passes", "ours, ms", "above the optimum", "share of the limit",
               "peer", "its ms", "above", "ratio", "goal")
    for name in names:
        goal, level, peers = FITS[name]
        fit, above, tolerance = fit_ours(api, name, level)
        x, _, meta = workloads.load(name)
        ours = fit["seconds"]["solve"]
        share = limit_seconds(x, meta["K"], fit, rates) / ours
        solver, theirs, their_distance = best_peer(name, level, peers)
        print_row(name, fit["algorithm"], f"{tolerance:.0e}", f"{fit['passes']:.3g}", milliseconds(ours), distance(above),
                  f"{share:.2f}", solver, milliseconds(theirs), distance(their_distance), ratio(theirs, ours), goal or "")


def exact_errors(name, x, y, meta):
    """Standard errors at the optimum that ref.py has kept."""
    kept = numpy.load(f"{workloads.CACHE}/{name}.opt.npz")
    objective = ref.Obj(x, y, meta, 0.0)
    objective.fg(numpy.r_[kept["W"].ravel(), kept["b"].ravel()])
    return numpy.sqrt(numpy.diag(numpy.linalg.inv(objective.dense_H() * x.shape[0])))


def inferences(api, names):
    print_head("standard errors", "ours, ms", "error", "peer", "its ms", "error", "ratio", "goal")
    for name in names:
        x, y, meta = workloads.load(name)
        lines_of(["ref.py", name], 1, 300)
        dataset, target = api.upload(x, y)
        ended = fastest(api, job_of(meta, dataset, target, statistics=True))
        rows = version_of(api, ended)["coefficients"]
        found = numpy.array([row["std_error"] for row in rows[1:]] + [rows[0]["std_error"]])
        error = numpy.max(numpy.abs(found / exact_errors(name, x, y, meta) - 1))
        lines = lines_of(["infer.py", name, "glum", "statsmodels"], 1, 200)
        best = min((line for line in lines if "se_relerr" in line), key=lambda line: line["t"], default={})
        ours, theirs = ended["fit"]["seconds"]["solve"], best.get("t")
        print_row(name, milliseconds(ours), distance(error), best.get("solver", ""), milliseconds(theirs),
                  distance(best.get("se_relerr")), ratio(theirs, ours), INFERENCES[name])


def path(api):
    """Objectives of 100 λ against the best that anybody has found; ours are the job's, the last one recomputed."""
    x, y, meta = workloads.load(PATH)
    lines = lines_of(["path.py", "R-glmnet", "skglm"], 1, 200)
    kept = f"{workloads.CACHE}/{PATH}.best.npy"
    best = numpy.load(kept) if os.path.exists(kept) else numpy.full(len(meta["lams"]), numpy.inf)
    dataset, target = api.upload(x, y)
    print_head("path", "tolerance", "ours, ms", "above the best", "peer", "its ms", "above", "ratio", "goal")
    for tolerance in TOLERANCES:
        job = {"model": "bench", "dataset": dataset, "target": target, "family": "binomial", "tolerance": tolerance,
               "path": {"lambdas": meta["lams"]}}
        ended = fastest(api, job)
        values = numpy.array([step["objective"] for step in ended["fit"]["path"]])
        last = workloads.J(x, y, meta, *coefficients(version_of(api, ended), x.shape[1]), meta["lams"][-1])
        assert abs(last - values[-1]) <= 1e-9 * abs(last), "the job's objective is not that of its coefficients"
        above = numpy.max((values - numpy.minimum(best, values)) / numpy.minimum(best, values))
        if above <= 1e-6:
            break
    ours = ended["fit"]["seconds"]["solve"]
    for solver in sorted({line["solver"] for line in lines if "maxrel" in line}):
        of_solver = [line for line in lines if line.get("solver") == solver and "maxrel" in line]
        good = [line for line in of_solver if line["maxrel"] <= 1e-6] or of_solver[-1:]
        line = min(good, key=lambda line: line["t"])
        print_row(PATH, f"{tolerance:.0e}", milliseconds(ours), distance(above), solver, milliseconds(line["t"]),
                  distance(line["maxrel"]), ratio(line["t"], ours), PATH_GOAL)


def main():
    api = Api(URL)
    wanted = sys.argv[3:] or [*FITS, *INFERENCES, PATH]
    unknown = [name for name in wanted if name not in (*FITS, *INFERENCES, PATH)]
    if unknown:
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join((*FITS, *INFERENCES, PATH))}")
    try:
        fits(api, [name for name in wanted if name in FITS])
        inferences(api, [name for name in wanted if name in INFERENCES])
        if PATH in wanted:
            path(api)
    except Refused as refused:
        sys.exit(f"refused: {refused}")


if __name__ == "__main__":
    main()
