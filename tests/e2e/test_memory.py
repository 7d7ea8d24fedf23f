"""What the process holds of the memory: little when idle, and little again after a burst."""

import json
import os
import re
import threading
import time

import pytest

pytestmark = pytest.mark.skipif("LOGITD_BINARY" in os.environ, reason="sanitizers keep what is freed")

MIB = 1 << 20
CSV = "x,z,y\n" + "".join(f"{i},{i % 97},{i * 31 % 7 % 2}\n" for i in range(100_000))


def resident_bytes(daemon, name="VmRSS"):
    with open(f"/proc/{daemon.pid}/status") as status:
        return int(re.search(rf"^{name}:\s+(\d+) kB$", status.read(), re.M)[1]) * 1024


def test_an_idle_daemon_holds_less_than_20_mib(daemon, client):
    client.get("/readyz")
    assert resident_bytes(daemon) < 20 * MIB


def test_a_burst_of_big_requests_leaves_little_behind(daemon, client):
    dataset = client.upload(CSV, name="big")
    client.train(model="m", dataset=dataset["id"], target="y")
    body = json.dumps({"rows": [[i, i % 97] for i in range(100_000)]})
    statuses = []

    def predict():
        own = daemon.client()
        for _ in range(3):
            answer = own.post("/v1/models/m/predict", data=body, headers={"Content-Type": "application/json"})
            statuses.append(answer.status_code)
        own.close()

    threads = [threading.Thread(target=predict) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 18
    assert resident_bytes(daemon, "VmHWM") > 40 * MIB, "not much of a burst"
    assert resident_bytes(daemon) < 32 * MIB


def test_what_fits_keep_for_each_other_goes_back_after_the_last(daemon, client):
    dataset = client.upload(CSV, name="big")
    before = resident_bytes(daemon)
    for _ in range(30):
        client.train(model="m", dataset=dataset["id"], target="y")
    deadline = time.monotonic() + 10
    while resident_bytes(daemon) > before + 8 * MIB:
        assert time.monotonic() < deadline, resident_bytes(daemon) - before
        time.sleep(0.1)
