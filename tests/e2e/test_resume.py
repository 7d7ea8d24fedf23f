"""kill -9 and SIGTERM in the middle of a fit: the job goes on from its checkpoint, and the model has
the bits of a fit that nobody disturbed."""

import random
import re
import time

import pytest

from daemon import expect

N_ROWS, N_COLUMNS = 3000, 120

# Rates and tolerances that make for many iterations; statistics would end in few Newton steps.
ALGORITHMS = {
    "newton_cg": {"tolerance": 1e-14},
    "lbfgs": {"tolerance": 1e-10},
    "sgd": {"max_epochs": 40, "batch_size": 16, "momentum": 0.5, "learning_rate": {"initial": 0.05, "schedule": "cosine"}},
}
KILL_AT = {"newton_cg": (1, 3), "lbfgs": (5, 20), "sgd": (4, 15)}


@pytest.fixture(scope="module")
def csv():
    """Columns that are alike and of different sizes, which makes it slow going."""
    draw = random.Random(11)
    lines = [",".join(["y"] + [f"x{j}" for j in range(N_COLUMNS)])]
    for _ in range(N_ROWS):
        base = draw.gauss(0, 1)
        x = [base + draw.gauss(0, 0.05 + j / 20) for j in range(N_COLUMNS)]
        score = sum(v * (1 if j % 2 else -1) for j, v in enumerate(x[:20])) / 5
        label = max(range(4), key=lambda k: draw.gauss(0, 1) + score * k / 2)
        lines.append(",".join([f"c{label}"] + [f"{v:.6g}" for v in x]))
    return "\n".join(lines) + "\n"


def wait_until(client, job, reached):
    deadline = time.monotonic() + 60
    while True:
        now = expect(client.get(f"/v1/jobs/{job['id']}"), 200)
        if reached(now):
            return now
        assert now["state"] in ("queued", "running"), now
        assert time.monotonic() < deadline, now
        time.sleep(0.002)


def without_times(version):
    """All of a version that a fit decides; who goes on passes over the rows once more to be where it was."""
    fit = dict(version["fit"])
    del fit["seconds"], fit["passes"]
    fit["trace"] = [{k: v for k, v in step.items() if k != "seconds"} for step in fit["trace"]]
    return {k: version[k] for k in ("coefficients", "softmax", "classes")} | {"fit": fit}


def resumed_from(daemon):
    return [int(n) for n in re.findall(r"goes on from iteration (\d+)", daemon.log())]


def fit_whole(client, request):
    job = client.train(model="whole", **request)
    return without_times(client.model(f"whole/versions/{job['version']}"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_killed_fit_goes_on_with_the_same_bits(daemons, csv, algorithm):
    daemon = daemons.start("--checkpoint-seconds", 0)
    client = daemon.client()
    dataset = client.upload(csv, name="rows")["id"]
    request = {"dataset": dataset, "target": "y", "algorithm": algorithm, "statistics": False}
    request |= {"penalty": {"l2": 1e-4}} | ALGORITHMS[algorithm]
    whole = fit_whole(client, request)
    job = client.submit(model="m", **request)
    for i, iteration in enumerate(KILL_AT[algorithm]):
        wait_until(client, job, lambda now: now["state"] == "running" and now["progress"]["iteration"] >= iteration)
        daemon.kill()
        client = daemon.start().client()
    ended = wait_until(client, job, lambda now: now["state"] == "succeeded")
    assert ended["attempt"] == 1 + len(KILL_AT[algorithm])
    assert without_times(client.model("m")) == whole
    starts = resumed_from(daemon)
    print(f"{algorithm}: {whole['fit']['iterations']} iterations, gone on from {starts}")
    assert len(starts) == 2 and 0 < starts[0] <= starts[1] < whole["fit"]["iterations"]


def test_a_drained_fit_goes_on_with_the_same_bits(daemons, csv):
    daemon = daemons.start("--checkpoint-seconds", 0)
    client = daemon.client()
    dataset = client.upload(csv, name="rows")["id"]
    request = {"dataset": dataset, "target": "y", "algorithm": "sgd", "statistics": False, **ALGORITHMS["sgd"]}
    request["max_epochs"] = 900  # so that it outlasts the grace in which the daemon still listens
    whole = fit_whole(client, request)
    job = client.submit(model="m", **request)
    wait_until(client, job, lambda now: now["state"] == "running" and now["progress"]["iteration"] >= 8)
    began = time.monotonic()
    assert daemon.terminate() == 0
    assert time.monotonic() - began < 10
    client = daemon.start().client()
    ended = wait_until(client, job, lambda now: now["state"] == "succeeded")
    assert ended["attempt"] == 1
    assert without_times(client.model("m")) == whole
    assert resumed_from(daemon)[0] >= 8


def test_checkpoints_can_be_far_apart(daemons, csv):
    daemon = daemons.start("--checkpoint-seconds", 3600)
    client = daemon.client()
    dataset = client.upload(csv, name="rows")["id"]
    request = {"dataset": dataset, "target": "y", "algorithm": "sgd", "statistics": False, **ALGORITHMS["sgd"]}
    whole = fit_whole(client, request)
    job = client.submit(model="m", **request)
    wait_until(client, job, lambda now: now["state"] == "running" and now["progress"]["iteration"] >= 4)
    daemon.kill()
    client = daemon.start().client()
    wait_until(client, job, lambda now: now["state"] == "succeeded")
    assert without_times(client.model("m")) == whole
    assert resumed_from(daemon) == []
