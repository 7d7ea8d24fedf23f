"""How the process ends and what it reads again: SIGTERM, SIGINT, SIGHUP."""

import os
import signal
import subprocess
import threading
import time

import pytest
import requests

from daemon import BINARY, clean_environment, expect, read_all

CSV = "x,y\n" + "".join(f"{i},{int(i * 7919 % 13 > 6)}\n" for i in range(2000))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_exits_with_0(daemons, number):
    daemon = daemons.start()
    daemon.process.send_signal(number)
    assert daemon.wait(10) == 0
    assert '"event":"ended"' in daemon.log()


def test_a_drain_fails_readiness_first_and_then_stops_listening(daemons):
    daemon = daemons.start()
    client = daemon.client()
    expect(client.get("/readyz"), 200)
    daemon.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 1
    while (answer := client.get("/readyz")).status_code == 200:
        assert time.monotonic() < deadline
    assert answer.status_code == 503
    health = [BINARY, "health", "--listen", f"127.0.0.1:{daemon.port}"]
    done = subprocess.run(health, env=clean_environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "not ready\n")
    expect(daemon.client().get("/livez"), 200)  # a new connection, within the grace
    assert daemon.wait(10) == 0


def test_a_request_under_way_is_answered_before_the_end(daemons):
    daemon = daemons.start()
    head = (
        "POST /v1/datasets?name=slow HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: text/csv\r\nContent-Length: {len(CSV)}\r\n\r\n"
    )
    with daemon.connection() as sock:
        sock.sendall(head.encode() + CSV[:100].encode())
        time.sleep(0.2)
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(1.5)  # the grace is over
        sock.sendall(CSV[100:].encode())
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert daemon.wait(10) == 0
    daemon.start()
    assert expect(daemon.client().get("/v1/datasets"), 200)["data"][0]["n_rows"] == 2000


def test_a_request_that_never_ends_does_not_hold_the_drain(daemons):
    daemon = daemons.start()
    with daemon.connection() as sock:
        sock.sendall(b"POST /v1/datasets?name=a HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nx")
        time.sleep(0.2)
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait(15) == 0
        assert time.monotonic() - began < 10


def test_idle_connections_do_not_hold_the_drain(daemons):
    daemon = daemons.start()
    with daemon.connection() as silent, daemon.connection() as kept:
        kept.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert kept.recv(1000).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert time.monotonic() - began < 4
        assert read_all(silent) == read_all(kept) == b""


def test_a_second_signal_ends_at_once(daemons):
    daemon = daemons.start()
    with daemon.connection() as sock:
        sock.sendall(b"POST /v1/datasets?name=a HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nx")
        time.sleep(0.2)
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        began = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == -signal.SIGTERM
        assert time.monotonic() - began < 1
    daemon.start()
    expect(daemon.client().get("/readyz"), 200)


def test_a_queued_job_survives_the_end_and_runs_after_the_start(daemons):
    daemon = daemons.start()
    client = daemon.client()
    dataset = client.upload(CSV, name="numbers")
    jobs = [client.submit(model=f"m{i}", dataset=dataset["id"], target="y") for i in range(20)]
    daemon.restart()
    client = daemon.client()
    for job in jobs:
        deadline = time.monotonic() + 30
        while (now := expect(client.get(f"/v1/jobs/{job['id']}"), 200))["state"] != "succeeded":
            assert now["state"] in ("queued", "running"), now
            assert time.monotonic() < deadline
            time.sleep(0.02)


# Stands in front of LAPACK: while the file is there, a factorisation takes a minute.
SLOW_CHOLESKY = r"""
#include <stdlib.h>
#include <unistd.h>

int LAPACKE_dpotrf_work(int layout, char part, int n, double *a, int stride);
int LAPACKE_dpotrf_work(int layout, char part, int n, double *a, int stride)
{
    (void)layout, (void)part, (void)n, (void)a, (void)stride;
    if (access(getenv("SLOW_WHILE"), F_OK) == 0)
        sleep(60);
    _exit(3);
}
"""


def test_a_job_that_does_not_stop_does_not_hold_the_drain_and_runs_again(daemons, tmp_path):
    source, library, trigger = tmp_path / "shim.c", tmp_path / "shim.so", tmp_path / "slow"
    source.write_text(SLOW_CHOLESKY)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    daemon = daemons.start(
        environment={"LD_PRELOAD": str(library), "SLOW_WHILE": str(trigger), "ASAN_OPTIONS": sanitizer}
    )
    trigger.touch()
    client = daemon.client()
    job = client.submit(model="m", dataset=client.upload(CSV, name="numbers")["id"], target="y")
    while expect(client.get(f"/v1/jobs/{job['id']}"), 200)["state"] != "running":
        time.sleep(0.02)
    began = time.monotonic()
    assert daemon.terminate() == 0
    assert 4 < time.monotonic() - began < 10
    assert '"event":"job_did_not_stop"' in daemon.log()
    daemon.environment = {}
    client = daemon.start().client()
    deadline = time.monotonic() + 20
    while (now := expect(client.get(f"/v1/jobs/{job['id']}"), 200))["state"] != "succeeded":
        assert now["state"] in ("queued", "running") and time.monotonic() < deadline, now
        time.sleep(0.02)


def test_who_waits_for_a_job_is_answered_by_the_drain(daemons):
    daemon = daemons.start()
    client = daemon.client()
    dataset = client.upload(CSV, name="numbers")
    for i in range(200):
        client.submit(model=f"m{i}", dataset=dataset["id"], target="y")
    answers = []

    def wait():
        answers.append(daemon.client().post(
            "/v1/jobs",
            json={"model": "last", "dataset": dataset["id"], "target": "y"},
            headers={"Prefer": "wait=60"},
        ))

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.05)
    daemon.process.send_signal(signal.SIGTERM)
    waiter.join(15)
    assert answers and answers[0].status_code in (200, 202)
    assert daemon.wait(10) == 0


def test_what_was_made_survives_a_restart(daemons):
    daemon = daemons.start()
    client = daemon.client()
    dataset = client.upload(CSV, name="numbers")
    client.train(model="m", dataset=dataset["id"], target="y")
    model = client.model("m")
    prediction = client.predict("m", rows=[[5.0], [1999.0]])
    daemon.restart()
    client = daemon.client()
    assert client.model("m") == model
    assert client.predict("m", rows=[[5.0], [1999.0]]) == prediction
    assert expect(client.get(f"/v1/datasets/{dataset['id']}"), 200) == dataset


def test_connections_are_refused_after_the_end(daemons):
    daemon = daemons.start()
    url = daemon.url
    daemon.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url + "/livez", timeout=5)
