"""Request smuggling: where a request ends must never be a matter of opinion.

Each attack is sent as raw bytes, followed by a canary: a request that a lenient server would take for the
next one, or that it would take the attack's rest for. The daemon refuses the attack, answers nothing behind
it, and closes.
"""

import re

import pytest

from daemon import read_all

CANARY = b"GET /canary HTTP/1.1\r\nHost: a\r\n\r\n"
HOST = b"Host: a\r\n"
POST = b"POST /v1/jobs HTTP/1.1\r\n" + HOST


def chunked(body=b"0\r\n\r\n"):
    return b"Transfer-Encoding: chunked\r\n\r\n" + body


ATTACKS = {
    # two lengths
    "two equal lengths": (400, POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
    "two lengths": (400, POST + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}"),
    "length 0 and a length": (400, POST + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n"),
    "a list of lengths": (400, POST + b"Content-Length: 2, 2\r\n\r\n{}"),
    "length and coding": (400, POST + b"Content-Length: 60\r\n" + chunked()),
    "coding and length": (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n"),
    "coding in HTTP/1.0": (400, b"POST /v1/jobs HTTP/1.0\r\n" + chunked()),
    # lengths that are no lengths
    "length with a sign": (400, POST + b"Content-Length: +2\r\n\r\n{}"),
    "negative length": (400, POST + b"Content-Length: -2\r\n\r\n{}"),
    "hexadecimal length": (400, POST + b"Content-Length: 0x2\r\n\r\n{}"),
    "length with a blank inside": (400, POST + b"Content-Length: 2 0\r\n\r\n{}"),
    "length with a fraction": (400, POST + b"Content-Length: 2.0\r\n\r\n{}"),
    "no length": (400, POST + b"Content-Length:\r\n\r\n{}"),
    "length in quotes": (400, POST + b'Content-Length: "2"\r\n\r\n{}'),
    "length beyond 64 bits": ((400, 413), POST + b"Content-Length: 18446744073709551618\r\n\r\n{}"),
    "length that is too long": (400, POST + b"Content-Length: 0000000000000000002\r\n\r\n{}"),
    # codings
    "chunked": (411, POST + chunked()),
    "chunked GET": (411, b"GET /livez HTTP/1.1\r\n" + HOST + chunked()),
    "chunked twice": (501, POST + b"Transfer-Encoding: chunked\r\n" + chunked()),
    "chunked, chunked": (501, POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "identity": (501, POST + b"Transfer-Encoding: identity\r\n\r\n"),
    "gzip, chunked": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "xchunked": (501, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "chunked with a tab": (411, POST + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"),
    "chunked behind a vertical tab": (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    "empty coding": (501, POST + b"Transfer-Encoding:\r\n\r\n"),
    # names that only some take for those of lengths
    "blank before the colon": (400, POST + b"Content-Length : 60\r\n\r\n"),
    "tab before the colon": (400, POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    "blank before the name": (400, POST + b" Content-Length: 60\r\n\r\n"),
    "longer name": (400, POST + b"Content-Length-: 60\r\n\r\n"),
    "name with a NUL": (400, POST + b"Content-Length\0: 60\r\n\r\n"),
    "name with a control byte": (400, POST + b"Content-Length\x01: 60\r\n\r\n"),
    "name with a high byte": (400, POST + b"Content-Length\xa0: 60\r\n\r\n"),
    "no name": (400, POST + b": 60\r\n\r\n"),
    "no colon": (400, POST + b"Content-Length 60\r\n\r\n"),
    # continued lines
    "length in a continued line": (400, POST + b"Content-Length:\r\n 60\r\n\r\n"),
    "longer length in a continued line": (400, POST + b"Content-Length: 6\r\n 0\r\n\r\n"),
    "coding in a continued line": (400, POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    "continued first line": (400, b"POST /v1/jobs HTTP/1.1\r\n " + HOST + b"Content-Length: 60\r\n\r\n"),
    "continued other line": (400, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n"),
    "a field in a continued line": (400, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: a\r\n\tContent-Length: 60\r\n\r\n"),
    # ends of lines
    "bare LF": (400, b"GET /livez HTTP/1.1\n" + HOST + b"\r\n"),
    "bare LF in the head": (400, POST + b"X: a\nContent-Length: 60\r\n\r\n"),
    "bare LF at its end": (400, b"GET /livez HTTP/1.1\r\n" + HOST + b"\n"),
    "bare CR in a value": (400, POST + b"X: a\rContent-Length: 60\r\n\r\n"),
    "NUL in a value": (400, POST + b"X: a\0\r\nContent-Length: 0\r\n\r\n"),
    "NUL behind a length": (400, POST + b"Content-Length: 0\x000\r\n\r\n"),
    # bodies where there is none
    "GET with a body": (400, b"GET /livez HTTP/1.1\r\n" + HOST + b"Content-Length: 34\r\n\r\n"),
    "HEAD with a body": (400, b"HEAD /livez HTTP/1.1\r\n" + HOST + b"Content-Length: 34\r\n\r\n"),
    "DELETE with a body": (400, b"DELETE /v1/jobs/x HTTP/1.1\r\n" + HOST + b"Content-Length: 34\r\n\r\n"),
    # hosts and targets
    "no host": (400, b"GET /livez HTTP/1.1\r\n\r\n"),
    "two hosts": (400, b"GET /livez HTTP/1.1\r\n" + HOST + b"Host: b\r\n\r\n"),
    "two blanks": (400, b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    "blank in the target": (400, b"GET /livez x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "tab in the target": (400, b"GET /livez\tx HTTP/1.1\r\n" + HOST + b"\r\n"),
    "NUL in the target": (400, b"GET /livez\0x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "high byte in the target": (400, b"GET /livez\xff HTTP/1.1\r\n" + HOST + b"\r\n"),
    "fragment in the target": (400, b"GET /livez#x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "relative target": (400, b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    "target too long": (414, b"GET /" + b"a" * 2048 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "target far too long": (414, b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    # versions and methods
    "HTTP/0.9": (400, b"GET /livez\r\n"),
    "HTTP/2": (505, b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "no version": (400, b"GET /livez HTTP/1.1x\r\n" + HOST + b"\r\n"),
    "small method": (501, b"get /livez HTTP/1.1\r\n" + HOST + b"\r\n"),
    "CONNECT": (501, b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "OPTIONS": (400, b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    # sizes
    "65 fields": (431, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 64 + b"\r\n"),
    "5000 fields": (431, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 5000 + b"\r\n"),
    "a field too large": (431, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 8192 + b"\r\n\r\n"),
    "a field far too large": (431, b"GET /livez HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 1000000 + b"\r\n\r\n"),
    # expectations
    "unknown expectation": (417, POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}"),
    "two expectations": (417, POST + b"Expect: 100-continue\r\nExpect: x\r\nContent-Length: 2\r\n\r\n{}"),
}


def statuses(answer):
    """Of every answer in these bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_and_nothing_behind_it_is_answered(shared_daemon, name):
    expected, attack = ATTACKS[name]
    expected = expected if isinstance(expected, tuple) else (expected,)
    answer = shared_daemon.raw(attack + CANARY)
    seen = statuses(answer)
    # libmicrohttpd sends the head of its own answer to a malformed length twice, and closes.
    assert seen and set(seen) <= set(expected), answer
    assert b"/canary" not in answer and 404 not in seen
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_that_comes_in_two_pieces_is_refused_as_well(shared_daemon, name):
    expected, attack = ATTACKS[name]
    expected = expected if isinstance(expected, tuple) else (expected,)
    with shared_daemon.connection() as sock:
        try:
            for piece in (attack[: len(attack) // 2], attack[len(attack) // 2 :], CANARY):
                sock.sendall(piece)
        except OSError:
            pass  # it has been refused already
        seen = statuses(read_all(sock))
    assert set(seen) <= set(expected)


def test_what_is_behind_a_refused_body_is_the_next_request(shared_daemon):
    """A refusal that reads the whole request keeps the connection, and its framing."""
    request = b"POST /nothing HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(CANARY) + CANARY
    with shared_daemon.connection() as sock:
        sock.sendall(request + b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert statuses(read_all(sock)) == [404, 200]


def test_pipelined_requests_are_answered_in_order(shared_daemon):
    with shared_daemon.connection() as sock:
        sock.sendall(
            b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
            + POST
            + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            + CANARY
            + b"HEAD /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        assert statuses(read_all(sock)) == [200, 422, 404, 200]


def test_empty_lines_before_a_request_are_passed_over(shared_daemon):
    assert statuses(shared_daemon.raw(b"\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) == [200]


def test_refusals_are_counted_by_their_reason(shared_daemon, shared_client):
    name = 'logitd_http_refused_total{reason="missing_host"}'

    def count():
        return next(int(line.split()[1]) for line in shared_client.get("/metrics").text.splitlines() if name in line)

    before = count()
    shared_daemon.raw(b"GET /livez HTTP/1.1\r\n\r\n")
    assert count() == before + 1
