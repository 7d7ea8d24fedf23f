"""A job's events as clients see them: server-sent events over a raw socket, lists to poll, and what
becomes of either when somebody hangs up, the daemon drains, or is killed."""

import json
import random
import socket
import time
from contextlib import contextmanager

import pytest

from daemon import expect

ENDS = ("succeeded", "failed", "cancelled")


def rows(n, seed=1):
    draw = random.Random(seed)
    lines = ["y,a,b,c"]
    for _ in range(n):
        a, b, c = draw.random(), draw.random(), draw.random()
        lines.append(f"{int(a - b + draw.random() > 0.5)},{a:.5f},{b:.5f},{c:.5f}")
    return "\n".join(lines) + "\n"


EPOCHS = 10_000_000
LONG = {
    "algorithm": "sgd",
    "max_epochs": EPOCHS,
    "max_iterations": EPOCHS,
    "tolerance": 1e-300,
    "statistics": False,
}
"""A fit that goes on for as long as any test does."""


def submit(client, n_rows=300, **fields):
    dataset = client.upload(rows(n_rows))["id"]
    return client.submit(model="m", dataset=dataset, target="y", **fields)["id"]


class Stream:
    """A client of server-sent events: a socket, chunks and lines, in pieces of any size."""

    def __init__(self, sock, job, last_id=None, piece=65536, version="1.1"):
        self.sock, self.piece = sock, piece
        self.raw, self.text = b"", ""
        self.is_over = False
        self.last_id = last_id
        extra = "" if last_id is None else f"Last-Event-ID: {last_id}\r\n"
        sock.sendall(
            f"GET /v1/jobs/{job}/events HTTP/{version}\r\nHost: a\r\nAccept: text/event-stream\r\n{extra}\r\n".encode()
        )
        self.head = self._until(b"\r\n\r\n").decode()
        self.is_chunked = "transfer-encoding: chunked" in self.head.lower()

    def _receive(self):
        piece = self.sock.recv(self.piece)
        self.raw += piece
        return piece

    def _until(self, mark):
        while mark not in self.raw:
            assert self._receive(), f"it ended in {self.raw!r}"
        found, self.raw = self.raw.split(mark, 1)
        return found

    def _more(self):
        """Some more of the body; False at its end."""
        if not self.is_chunked:
            if not self.raw and not self._receive():
                return False
            body, self.raw = self.raw, b""
        else:
            size = int(self._until(b"\r\n"), 16)
            while len(self.raw) < size + 2:
                assert self._receive(), "it ended within a chunk"
            body, self.raw = self.raw[:size], self.raw[size + 2 :]
            if size == 0:
                return False
        self.text += body.decode()
        return True

    def blocks(self):
        """The blocks between blank lines, comments and the retry among them."""
        while True:
            while "\n\n" in self.text:
                block, self.text = self.text.split("\n\n", 1)
                yield block
            if not self._more():
                assert self.text == "", "the last event is cut"
                self.is_over = True
                return

    def events(self):
        for block in self.blocks():
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" not in fields:
                continue
            event = json.loads(fields["data"])
            assert fields["event"] == event["type"] and int(fields["id"]) == event["id"]
            assert self.last_id is None or event["id"] > int(self.last_id)
            self.last_id = event["id"]
            yield event


@contextmanager
def stream(daemon, job, timeout=60, **options):
    with daemon.connection(timeout) as sock:
        yield Stream(sock, job, **options)


def listed(client, job):
    """All events, page by page."""
    events, has_more = [], True
    while has_more:
        after = events[-1]["id"] if events else 0
        page = expect(client.get(f"/v1/jobs/{job}/events", params={"after": after, "limit": 7}), 200)
        events += page["data"]
        has_more = page["has_more"]
    return events


def await_running(client, job):
    while expect(client.get(f"/v1/jobs/{job}"), 200)["progress"]["iteration"] == 0:
        time.sleep(0.01)


def test_a_stream_tells_the_course_and_ends(daemon, client):
    job = submit(client)
    with stream(daemon, job) as events:
        seen = list(events.events())
        assert events.is_over
    types = [event["type"] for event in seen]
    assert types[:2] == ["queued", "started"]
    assert types[-1] == "succeeded" and seen[-1]["version"] == 1
    stages = [event["stage"] for event in seen if event["type"] == "stage"]
    assert stages[:2] == ["reading", "encoding"] and "solving" in stages and "statistics" in stages
    iterations = [event for event in seen if event["type"] == "iteration"]
    trace = client.model("m")["fit"]["trace"]
    assert [i["iteration"] for i in iterations] == [step["iteration"] for step in trace]
    assert [i["objective"] for i in iterations] == [step["objective"] for step in trace]
    assert seen == listed(client, job)


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_a_stream_may_be_read_in_pieces(daemon, client, piece):
    job = submit(client)
    with stream(daemon, job, piece=piece) as events:
        assert [event["type"] for event in events.events()][-1] == "succeeded"
    with stream(daemon, job, piece=piece, version="1.0") as events:
        assert "HTTP/1.0" in events.head or "HTTP/1.1" in events.head
        assert not events.is_chunked
        assert [event["type"] for event in events.events()][-1] == "succeeded"


def test_the_connection_serves_on_behind_a_stream(daemon, client):
    job = submit(client)
    with stream(daemon, job) as events:
        list(events.events())
        events.sock.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert events.sock.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_stream_is_live(daemon, client):
    job = submit(client, **LONG)
    with stream(daemon, job) as events:
        seen = events.events()
        numbers = [next(seen) for _ in range(100)]
        assert numbers[-1]["type"] == "iteration"
        assert numbers[-1]["epoch"] == numbers[-1]["iteration"]
        began = time.monotonic()
        client.post(f"/v1/jobs/{job}/cancel")
        rest = [event["type"] for event in seen]
        assert rest[-1] == "cancelled"
        assert time.monotonic() - began < 5


def test_a_client_that_was_cut_off_goes_on_where_it_was(daemon, client):
    job = submit(client, algorithm="gradient_descent", max_iterations=20000, tolerance=1e-300, statistics=False)
    seen, last = [], None
    for cut in (3, 50, 400, 10**9):
        with stream(daemon, job, last_id=last) as events:
            for event in events.events():
                seen.append(event)
                if len(seen) >= cut:
                    break
            last = events.last_id
    ids = [event["id"] for event in seen]
    assert ids == sorted(set(ids))
    assert seen[-1]["type"] in ENDS
    # What it was not told it was told of.
    assert ids[-1] - ids[0] + 1 == len(seen) + sum(event["n_dropped"] for event in seen)
    with daemon.connection() as sock:
        assert "204" in Stream(sock, job, last_id=last).head.split("\r\n")[0]


def test_long_fits_show_their_whole_course(client):
    job = submit(client, n_rows=40, **LONG | {"max_epochs": 30000})
    while expect(client.get(f"/v1/jobs/{job}"), 200)["state"] not in ENDS:
        time.sleep(0.05)
    events = listed(client, job)
    epochs = [event["epoch"] for event in events if event["type"] == "iteration" and event["epoch"]]
    assert len(events) <= 1024
    assert epochs[0] < 500 and epochs[-1] == 30000
    assert max(b - a for a, b in zip(epochs, epochs[1:])) < 3000
    assert sum(event["n_dropped"] for event in events) + len(events) >= 30000


def test_silence_is_broken_by_a_comment(daemon, client):
    blocker = submit(client, **LONG)
    job = submit(client)  # waits behind it
    with stream(daemon, job) as events:
        began = time.monotonic()
        blocks = events.blocks()
        assert [next(blocks).split("\n")[0][:5] for _ in range(2)] == ["retry", "id: 1"]
        assert next(blocks) == ":"
        assert 13 < time.monotonic() - began < 20
        client.post(f"/v1/jobs/{blocker}/cancel")
        assert any("event: succeeded" in block for block in blocks)


def test_two_hundred_clients_may_hang_up_at_once(daemon, client):
    job = submit(client, **LONG)
    await_running(client, job)

    def n_connections():
        text = client.get("/metrics").text
        return float(next(line for line in text.split("\n") if line.startswith("logitd_http_connections ")).split()[1])

    before = n_connections()
    streams = []
    for _ in range(200):
        streams.append(Stream(socket.create_connection((daemon.host, daemon.port), 60), job))
    for events in streams[::10]:
        assert next(events.events())["id"] == 1
    for i, events in enumerate(streams):
        if i % 3 == 0:  # with a reset
            events.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        events.sock.close()
    deadline = time.monotonic() + 20
    while n_connections() > before + 5:
        assert time.monotonic() < deadline, "they are still there"
        time.sleep(0.1)
    assert expect(client.get(f"/v1/jobs/{job}"), 200)["state"] == "running"
    client.post(f"/v1/jobs/{job}/cancel")


def test_those_who_wait_in_silence_may_hang_up_too(daemon, client):
    """Nobody reads a connection that waits: the daemon has to find out."""
    submit(client, **LONG)
    job = submit(client)
    streams = []
    for _ in range(20):
        streams.append(Stream(socket.create_connection((daemon.host, daemon.port), 60), job))
        assert next(streams[-1].events())["type"] == "queued"
    for events in streams:
        events.sock.close()
    deadline = time.monotonic() + 10
    while "logitd_http_requests_in_flight 1\n" not in client.get("/metrics").text:
        assert time.monotonic() < deadline, client.get("/metrics").text
        time.sleep(0.1)


def test_a_drain_ends_streams_between_two_events_and_in_time(daemon, client):
    runs = submit(client, **LONG)
    waits = submit(client)
    await_running(client, runs)
    with stream(daemon, runs) as live, stream(daemon, waits) as silent:
        assert next(live.events())["type"] == "queued"
        assert next(silent.events())["type"] == "queued"
        began = time.monotonic()
        daemon.process.terminate()
        seen = list(live.events())
        assert list(silent.events()) == []
        assert live.is_over and silent.is_over
        last = seen[-1]["id"]
        assert daemon.wait() == 0
        assert time.monotonic() - began < 10
    daemon.start()
    with stream(daemon, runs, last_id=last) as events:
        assert next(events.events())["type"] == "queued"  # again, with an id above
        daemon.client().post(f"/v1/jobs/{runs}/cancel")
        assert list(events.events())[-1]["type"] == "cancelled"


def test_ids_grow_over_a_kill(daemon, client):
    job = submit(client, **LONG)
    await_running(client, job)
    before = listed(client, job)
    daemon.kill()
    daemon.start()
    client = daemon.client()
    await_running(client, job)
    after = listed(client, job)
    assert after[0]["id"] > before[-1]["id"]
    assert [event["type"] for event in after[:2]] == ["queued", "started"]
    assert after[1]["attempt"] == 2
    client.post(f"/v1/jobs/{job}/cancel")


def test_what_ended_before_a_restart_still_answers(daemon, client):
    job = submit(client)
    with stream(daemon, job) as events:
        before = list(events.events())
    daemon.restart()
    after = listed(daemon.client(), job)
    assert after[-1] == before[-1]
    assert [e["objective"] for e in after if e["type"] == "iteration"] == [
        e["objective"] for e in before if e["type"] == "iteration"
    ]


def test_a_time_left_is_told_where_it_can_be(client):
    job = submit(client, n_rows=20000, algorithm="sgd", max_epochs=200, tolerance=1e-300, statistics=False)
    while expect(client.get(f"/v1/jobs/{job}"), 200)["state"] not in ENDS:
        time.sleep(0.01)
    left = [(e["seconds"], e["eta_seconds"]) for e in listed(client, job) if e["type"] == "iteration"]
    whole = left[-1][0]
    assert left[0][1] is None
    middle = left[len(left) // 2]
    assert whole / 4 < middle[0] + middle[1] < whole * 4  # others compute beside it


def test_paths_tell_which_fit_they_are_at(client):
    job = submit(client, path={"n_lambdas": 6, "alpha": 0.5}, cross_validation={"folds": 3})
    while expect(client.get(f"/v1/jobs/{job}"), 200)["state"] not in ENDS:
        time.sleep(0.01)
    events = listed(client, job)
    parts = [(e["stage"], e["part"], e["n_parts"]) for e in events if e["type"] == "stage" and e["part"]]
    assert parts == [("cross_validation", k + 1, 18) for k in range(18)] + [("path", k + 1, 6) for k in range(6)]
