"""The log on standard error, and what the other standard files are used for."""

import json
import os
import pty
import re
import select
import subprocess
import time

from daemon import BINARY, clean_environment, expect

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def entries(daemon, **fields):
    """The events of the log that have these fields; every line must be an event."""
    events = [json.loads(line) for line in daemon.log().splitlines()]
    for event in events:
        assert TIME.fullmatch(event["time"])
        assert event["level"] in ("debug", "info", "warning", "error")
        assert re.fullmatch("[a-z_]+", event["event"])
    return [e for e in events if fields.items() <= e.items()]


def wait_for(daemon, **fields):
    deadline = time.monotonic() + 10
    while not (found := entries(daemon, **fields)):
        assert time.monotonic() < deadline, f"{fields} was not logged"
        time.sleep(0.02)
    return found


def test_a_run_is_told_from_start_to_end(daemons):
    daemon = daemons.start()
    daemon.stop()
    assert [e["event"] for e in entries(daemon)] == ["starting", "ready", "draining", "ended"]


def test_an_answer_is_logged_with_its_request(daemon, client):
    expect(client.get("/v1/models?limit=3", headers={"X-Request-Id": "my-id"}), 200)
    (event,) = wait_for(daemon, request_id="my-id")
    assert event["event"] == "answer" and event["level"] == "info"
    assert (event["method"], event["route"], event["status"]) == ("GET", "model_list", 200)
    assert 0 <= event["seconds"] < 5
    assert event["request_bytes"] > 50 and event["response_bytes"] > 10


def test_a_method_that_nobody_knows_is_not_logged_as_another(daemon):
    daemon.raw(b"BREW /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    (event,) = wait_for(daemon, status=501)
    assert "method" not in event


def test_nothing_of_a_caller_gets_into_the_log(daemon, client):
    marks = ["mark1", "mark2", "mark3", "mark4", "mark5", "mark6"]
    client.upload("mark1,y\nmark2,1\nb,0\n", name="mark3")
    client.post("/v1/models/mark4/predict", json={"rows": [["mark5"]]})
    client.get("/mark6?mark1=mark2")
    daemon.raw(b'GET /x"\x1b[2J\n{"level":1} HTTP/1.1\r\nHost: mark1\r\n\r\n')
    daemon.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\"\\ mark2 \xff\r\n\r\n")
    wait_for(daemon, status=404)
    expect(client.get("/livez", headers={"X-Request-Id": "the-last"}), 200)
    wait_for(daemon, request_id="the-last")
    assert not any(mark in daemon.log() for mark in marks)


def test_a_level_leaves_out_what_is_below_it(daemons):
    daemon = daemons.start("--log-level", "warning")
    expect(daemon.client().get("/livez"), 200)
    daemon.stop()
    assert daemon.log() == ""


def test_a_terminal_gets_text(tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "--listen", "127.0.0.1:0", "--data", tmp_path / "data"],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    assert process.stdout.readline().startswith(b"logitd ready on ")
    process.terminate()
    assert process.wait(20) == 0
    text = b""
    while select.select([ours], [], [], 0.2)[0]:
        try:
            text += os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
    os.close(ours)
    process.stdout.close()
    lines = text.decode().splitlines()
    assert re.fullmatch(rf"{TIME.pattern} info ready: http://127\.0\.0\.1:\d+", lines[1])
    assert lines[-1].endswith(" info ended: after a clean drain")


def test_closed_standard_files_do_no_harm(tmp_path):
    data = tmp_path / "data"
    script = 'exec "$0" --listen 127.0.0.1:0 --data "$1" <&- >&- 2>&-'
    process = subprocess.Popen(["sh", "-c", script, BINARY, data], env=clean_environment())
    deadline = time.monotonic() + 10
    while not (data / "logitd.db").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)
    process.terminate()
    assert process.wait(20) == 0
    for file in data.rglob("*"):
        assert not file.is_file() or b"logitd ready" not in file.read_bytes()
    done = subprocess.run([BINARY, "check", "--data", data], env=clean_environment(), capture_output=True)
    assert done.returncode == 0


def test_a_log_that_nobody_reads_stops_nothing(tmp_path):
    process = subprocess.Popen(
        [BINARY, "--listen", "127.0.0.1:0", "--data", tmp_path / "data"],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stderr.close()  # what is written to it from now on is EPIPE
    assert process.stdout.readline().startswith(b"logitd ready on ")
    process.stdout.close()
    process.terminate()
    assert process.wait(20) == 0
