"""Data larger than the memory budget: fitted all the same, to the same bits, with little held."""

import os
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif("LOGITD_BINARY" in os.environ, reason="sanitizers hold more")

MIB = 1 << 20
N_COLUMNS = 20
N_ROWS = 600_000  # a design of 96 MiB
SMALL = ("--memory", "16M", "--max-body", "4M", "--max-upload", "1G", "--threads", "2")


def peak_bytes(daemon):
    lines = Path(f"/proc/{daemon.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@pytest.fixture(scope="module")
def data():
    block = "".join(
        ",".join(str((r * (7 * j + 3) + r * r // 11) % 199 / 10) for j in range(N_COLUMNS)) + f",{(r * r + r // 3) % 7 // 4}\n"
        for r in range(6000)
    )
    return ",".join(f"x{j}" for j in range(N_COLUMNS)) + ",y\n" + block * (N_ROWS // 6000)


def open_files(daemon):
    """The deleted files that the process has open."""
    names = []
    for fd in Path(f"/proc/{daemon.pid}/fd").iterdir():
        try:
            names.append(os.readlink(fd))
        except FileNotFoundError:
            pass
    return [name for name in names if name.endswith("(deleted)")]


def fit(client, dataset, **more):
    job = client.submit(wait=50, model="m", dataset=dataset, target="y", **more)
    while job["state"] in ("queued", "running"):
        time.sleep(0.2)
        job = client.get(f"/v1/jobs/{job['id']}").json()
    assert job["state"] == "succeeded", job
    return client.model(f"m/versions/{job['version']}")


def test_a_fit_larger_than_memory_has_the_same_bits_and_holds_little(daemons, data):
    small, large = daemons.start(*SMALL), daemons.start("--memory", "1G", "--max-upload", "1G", "--threads", "2")
    made = {}
    for daemon in (small, large):
        client = daemon.client()
        dataset = client.upload(data)["id"]
        made[daemon] = [
            fit(client, dataset),
            fit(client, dataset, algorithm="newton_cg", penalty={"l2": 0.1}, statistics=False),
        ]
    for on_disk, in_memory in zip(made[small], made[large]):
        assert on_disk["fit"]["design"] == {"storage": "dense", "bytes": N_ROWS * (N_COLUMNS + 1) * 8, "on_disk": True}
        assert in_memory["fit"]["design"]["on_disk"] is False
        assert on_disk["coefficients"] == in_memory["coefficients"]
        assert on_disk["fit"]["objective"] == in_memory["fit"]["objective"]
    assert peak_bytes(large) > 96 * MIB, "nothing of a design"
    assert peak_bytes(small) < (16 + 64) * MIB
    assert open_files(small) == []


def test_a_fit_on_disk_is_cancelled_and_leaves_nothing(daemons, data):
    daemon = daemons.start(*SMALL)
    client = daemon.client()
    dataset = client.upload(data)["id"]
    before = sorted(path.name for path in (Path(daemon.data) / "blobs").iterdir())
    preview = client.post("/v1/jobs", json={"model": "m", "dataset": dataset, "target": "y", "dry_run": True})
    assert preview.status_code == 200 and preview.json()["design"]["on_disk"] is True
    assert preview.json()["memory_bytes"] < 16 * MIB
    job = client.submit(
        model="m", dataset=dataset, target="y", algorithm="gradient_descent",
        max_iterations=1_000_000, tolerance=1e-300,
    )
    while not open_files(daemon):
        assert client.get(f"/v1/jobs/{job['id']}").json()["state"] in ("queued", "running")
        time.sleep(0.05)
    client.post(f"/v1/jobs/{job['id']}/cancel")
    while client.get(f"/v1/jobs/{job['id']}").json()["state"] == "running":
        time.sleep(0.05)
    assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
    assert open_files(daemon) == []
    assert sorted(path.name for path in (Path(daemon.data) / "blobs").iterdir()) == before
