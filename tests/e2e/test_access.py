"""Who may do what: keys, scopes, limits, and reading the keys again."""

import hashlib
import json
import re
import signal
import subprocess
import time

import pytest
import yaml

from daemon import BINARY, ROOT, clean_environment, expect

SCOPES = {"predict": {"predict"}, "train": {"train"}, "admin": {"predict", "train", "admin"}}


def entry(name, key, *scopes, **limits):
    return {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": scopes, **limits}


def write_keys(path, *entries):
    path.write_text(json.dumps({"keys": entries}))


def operations():
    """(operation, method, path, scope or None) of every operation, as openapi.yaml tells."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "put", "post", "delete"):
                continue
            scope = re.search(r"Scope `(\w+)`", operation["summary"])
            yield operation["operationId"], method.upper(), re.sub(r"\{\w+\}", "1", path), scope and scope[1]


OPERATIONS = list(operations())


@pytest.fixture(scope="module")
def locked(module_daemons, tmp_path_factory):
    """A daemon that knows one key a scope, named as the scope."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    write_keys(path, *(entry(scope, f"key-{scope}", scope) for scope in SCOPES))
    return module_daemons.start("--api-keys", path)


def call(client, method, path):
    body = {"data": b"{}", "headers": {"Content-Type": "application/json"}} if method in ("POST", "PUT") else {}
    return client.request(method, path, **body)


def test_every_operation_is_documented_with_a_scope_or_open():
    assert len(OPERATIONS) >= 20
    open_ones = {name for name, _, _, scope in OPERATIONS if scope is None}
    probes = {"invocations_ping", "invocations_health", "invocations_version", "vertex_health"}
    probes |= {"v2_live", "v2_ready", "v2_server"}
    assert open_ones == probes | {"livez", "readyz", "openapi_yaml", "openapi_json", "version"}


@pytest.mark.parametrize("name, method, path, scope", OPERATIONS, ids=[o[0] for o in OPERATIONS])
def test_each_operation_asks_for_its_scope(locked, name, method, path, scope):
    for client in (locked.client(), locked.client("key-wrong")):
        status = call(client, method, path).status_code
        assert status in ((200, 404) if scope is None else (401,))  # 404: no model is named for probes
    for held, implied in SCOPES.items():
        status = call(locked.client(f"key-{held}"), method, path).status_code
        if scope is None or scope in implied:
            assert status not in (401, 403) and status < 500
        else:
            assert status == 403


def test_a_refusal_is_a_problem_and_says_which_scheme(locked):
    answer = locked.client().get("/v1/models")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401
    answer = locked.client("key-predict").get("/v1/datasets")
    assert answer.json()["status"] == 403
    assert "train" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["key-admin", "Basic a2V5", "Bearer", "Bearer ", "Bearer key-admin x", "Bearer KEY-ADMIN"])
def test_other_headers_are_no_key(locked, header):
    answer = locked.client().get("/v1/models", headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_key_is_asked_for_before_the_body_is_read(locked):
    request = "POST /v1/datasets?name=a HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n"
    assert locked.raw(request.encode(), timeout=5).startswith(b"HTTP/1.1 401 ")


def test_keys_are_not_logged(locked):
    expect(locked.client("key-admin").get("/v1/models"), 200)
    locked.client("key-wrong").get("/v1/models")
    deadline = time.monotonic() + 5
    while '"principal":"admin"' not in locked.log():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert "key-" not in locked.log()


def test_a_rate_answers_429_and_when_to_come_again(daemons, tmp_path):
    path = tmp_path / "keys.json"
    write_keys(path, entry("slow", "one", "predict", requests_per_second=0.1), entry("fast", "two", "predict"))
    daemon = daemons.start("--api-keys", path)
    slow = daemon.client("one")
    expect(slow.get("/v1/models"), 200)
    answer = slow.get("/v1/models")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert answer.json()["status"] == 429
    expect(daemon.client("two").get("/v1/models"), 200)


def test_a_key_has_a_limit_of_jobs(daemons, tmp_path):
    path = tmp_path / "keys.json"
    write_keys(path, entry("few", "one", "train", jobs=1), entry("many", "two", "train"))
    daemon = daemons.start("--api-keys", path)
    few, many = daemon.client("one"), daemon.client("two")
    csv = "x,y\n" + "".join(f"{i},{i * 31 % 2}\n" for i in range(30000))
    request = {"model": "m", "dataset": many.upload(csv, name="a")["id"], "target": "y"}
    for _ in range(30):  # so that the one that is limited has to wait
        many.submit(**request)
    few.submit(**request)
    assert few.post("/v1/jobs", json=request).status_code == 429
    many.submit(**request)


def test_sighup_reads_the_keys_again(daemons, tmp_path):
    path = tmp_path / "keys.json"
    write_keys(path, entry("old", "one", "predict"))
    daemon = daemons.start("--api-keys", path)
    expect(daemon.client("one").get("/v1/models"), 200)

    path.write_text('{"keys": [')
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(daemon, '"event":"reload_failed"')
    expect(daemon.client("one").get("/v1/models"), 200)

    write_keys(path, entry("new", "two", "predict"))
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(daemon, '"event":"reloaded"')
    assert daemon.client("one").get("/v1/models").status_code == 401
    expect(daemon.client("two").get("/v1/models"), 200)


def wait_for(daemon, text):
    deadline = time.monotonic() + 10
    while text not in daemon.log():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_made_key_opens(daemons, tmp_path):
    done = subprocess.run(
        [BINARY, "key", "ci", "predict", "train"], env=clean_environment(), capture_output=True, text=True, check=True
    )
    key, made = done.stdout.splitlines()
    assert json.loads(made)["name"] == "ci" and json.loads(made)["scopes"] == ["predict", "train"]
    path = tmp_path / "keys.json"
    path.write_text('{"keys":[%s]}' % made)
    client = daemons.start("--api-keys", path).client(key)
    expect(client.get("/v1/models"), 200)
    expect(client.get("/v1/datasets"), 200)
    assert client.get("/metrics").status_code == 403


@pytest.mark.parametrize("arguments", [[], ["ci"], ["ci", "all"], ["c i", "predict"]])
def test_a_key_needs_a_name_and_scopes(arguments):
    done = subprocess.run([BINARY, "key", *arguments], env=clean_environment(), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (64, "")


def test_without_keys_everybody_is_let_in_and_that_is_logged(daemons):
    daemon = daemons.start("--no-auth", "--listen", "0.0.0.0:0")
    assert daemon.host == "0.0.0.0"
    expect(daemon.client().get("/v1/models"), 200)
    assert '"event":"no_auth"' in daemon.log()
