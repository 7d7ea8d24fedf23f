"""Peers that take their time: each of them costs a connection for a bounded while, and nobody else anything."""

import os
import signal
import socket
import time

from daemon import expect, read_all

HOST = b"Host: a\r\n"


SLOW = {
    "request line": b"",
    "head": b"GET /livez HTTP/1.1\r\n",
    "field": b"GET /livez HTTP/1.1\r\n" + HOST + b"X: ",
    "body": b"POST /v1/jobs HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n",
    "upload": b"POST /v1/datasets HTTP/1.1\r\n" + HOST + b"Content-Type: text/csv\r\nContent-Length: 1000\r\n\r\n",
    "refused body": b"POST /nothing HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n",
}


def drip(peers, most_seconds):
    """Sends a byte a second to each peer until the daemon has enough; how long that took for each."""
    began = time.monotonic()
    took = {}
    while len(took) < len(peers) and time.monotonic() - began < most_seconds:
        for part in peers.keys() - took.keys():
            try:
                peers[part].sendall(b"a")
                ended = peers[part].recv(4096) == b""
            except BlockingIOError:
                ended = False
            except OSError:
                ended = True
            if ended:
                took[part] = time.monotonic() - began
        time.sleep(1)
    return took


def test_a_part_that_drips_has_10_seconds(shared_daemon):
    peers = {}
    for part, beginning in SLOW.items():
        peers[part] = socket.create_connection((shared_daemon.host, shared_daemon.port))
        peers[part].sendall(beginning)
        peers[part].setblocking(False)
    took = drip(peers, 30)
    for peer in peers.values():
        peer.close()
    assert took.keys() == peers.keys()
    assert all(8 < seconds < 20 for seconds in took.values()), took


def test_many_dripping_peers_hold_nobody_up(shared_daemon, shared_client):
    peers = [socket.create_connection((shared_daemon.host, shared_daemon.port)) for _ in range(500)]
    try:
        for i, peer in enumerate(peers):
            peer.sendall(list(SLOW.values())[i % len(SLOW)] + b"a")
        began = time.monotonic()
        for _ in range(100):
            expect(shared_client.get("/livez"), 200)
        assert time.monotonic() - began < 5
    finally:
        for peer in peers:
            peer.close()


def test_a_reader_that_stands_still_blocks_only_itself(shared_daemon, shared_client):
    with shared_daemon.connection() as sock:
        # More answers than its buffers hold, which it does not read.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(0.5)
        try:
            for _ in range(20000):
                sock.sendall(b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n")
        except TimeoutError:
            pass
        for _ in range(20):
            expect(shared_client.get("/livez"), 200)


def test_a_slow_upload_that_is_quick_enough_arrives(shared_daemon):
    text = b"a,b\n" + b"1,2\n" * 50
    with shared_daemon.connection() as sock:
        sock.sendall(
            b"POST /v1/datasets HTTP/1.1\r\n"
            + HOST
            + b"Content-Type: text/csv\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(text)
        )
        for at in range(0, len(text), 20):
            sock.sendall(text[at : at + 20])
            time.sleep(0.2)
        assert read_all(sock).startswith(b"HTTP/1.1 201 ")


def test_connections_that_become_ready_at_once_are_all_answered(daemon):
    """128 connections of an HTTP thread are as many events as libmicrohttpd fetches at once."""
    peers = []
    full = 128 * max(2, len(os.sched_getaffinity(0)))
    for n_peers in (1, full - 6, full - 4, full - 2, full - 1, full, full + 1, full + 40):
        while len(peers) < n_peers:
            peers.append(socket.create_connection((daemon.host, daemon.port), timeout=10))
        for _ in range(3):
            os.kill(daemon.pid, signal.SIGSTOP)
            for peer in peers:
                peer.sendall(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n")
            os.kill(daemon.pid, signal.SIGCONT)
            for peer in peers:
                assert peer.recv(4096).startswith(b"HTTP/1.1 200")
    for peer in peers:
        peer.close()
