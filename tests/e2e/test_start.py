"""How the process starts: options, environment and file, exit codes, the ready line."""

import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from daemon import BINARY, ROOT, clean_environment, expect

# Of the optimised build; another one, with sanitizers, may take longer.
READY_SECONDS = 5 if "LOGITD_BINARY" in os.environ else 0.1


def run(*arguments, seconds=30, **variables):
    """A logitd that ends by itself."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env=clean_environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


# --- what ends at once ---


def test_version_is_the_one_of_the_tree():
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"logitd {(ROOT / 'VERSION').read_text().strip()}\n"


def test_help_goes_to_standard_output():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--listen HOST:PORT" in done.stdout and "Exit status" in done.stdout


@pytest.mark.parametrize("arguments", [["--jobs"], ["--jobz", "2"], ["--jobs", "0"], ["chek"], ["check", "me"], ["-x"]])
def test_wrong_usage_exits_with_64(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("logitd: ") and "--help" in done.stderr


@pytest.mark.parametrize(
    "arguments, variables, words",
    [
        ([], {"LOGITD_JOBZ": "2"}, "LOGITD_JOBZ: no setting has this name; did you mean LOGITD_JOBS?"),
        ([], {"LOGITD_MEMORY": "lots"}, "LOGITD_MEMORY: wants a size from 16 MiB"),
        (["--config", "/no/such/file"], {}, "the config file: there is no such file"),
        (["--listen", "0.0.0.0:0"], {}, "--no-auth"),
        (["--tls-key", "key.pem"], {}, "--tls-cert"),
        (["--api-keys", "keys", "--no-auth"], {}, "choose one"),
    ],
)
def test_wrong_settings_exit_with_78_and_say_what_to_do(arguments, variables, words):
    done = run(*arguments, **variables)
    assert (done.returncode, done.stdout) == (78, "")
    assert words in done.stderr


def test_unusable_files_exit_with_78_and_name_the_option(tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("{}")
    data = ["--listen", "127.0.0.1:0", "--data", tmp_path / "data"]
    for options in (["--api-keys", bad], ["--api-keys", tmp_path / "none"], ["--tls-cert", bad, "--tls-key", bad]):
        done = run(*data, *options)
        assert (done.returncode, done.stdout) == (78, "")
        assert options[0] in done.stderr or "certificate" in done.stderr


def test_a_port_in_use_exits_with_78(daemon, tmp_path):
    done = run("--listen", f"127.0.0.1:{daemon.port}", "--data", tmp_path / "data")
    assert (done.returncode, done.stdout) == (78, "")
    assert "--listen" in done.stderr


def test_an_address_of_another_machine_exits_with_78(tmp_path):
    done = run("--listen", "192.0.2.1:0", "--no-auth", "--data", tmp_path / "data")
    assert (done.returncode, done.stdout) == (78, "")


# --- the data directory ---


def test_a_second_daemon_on_the_same_directory_is_refused(daemon, tmp_path):
    for command in ([], ["check"], ["rebuild"]):
        done = run(*command, "--listen", "127.0.0.1:0", "--data", daemon.data)
        assert (done.returncode, done.stdout) == (78, "")
        assert "--data" in done.stderr and "use" in done.stderr
    expect(daemon.client().get("/readyz"), 200)


@pytest.mark.parametrize("name, words", [("none/data", "missing"), ("file", "a file"), ("file/data", "a file")])
def test_a_data_directory_that_cannot_be_made_exits_with_78(tmp_path, name, words):
    (tmp_path / "file").write_text("")
    done = run("--listen", "127.0.0.1:0", "--data", tmp_path / name)
    assert (done.returncode, done.stdout) == (78, "")
    assert "--data" in done.stderr and words in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_data_directory_of_another_user_exits_with_78(tmp_path):
    command = [BINARY, "--listen", "127.0.0.1:0", "--data", tmp_path / "data"]
    try:
        done = subprocess.run(command, env=clean_environment(), user="nobody", capture_output=True, text=True)
    except PermissionError:
        pytest.skip("another user cannot reach the binary")
    assert (done.returncode, done.stdout) == (78, "")
    assert "this user may not" in done.stderr


def test_the_data_directory_is_for_its_owner_alone(daemon, client):
    client.upload("a,b\n1,2\n")
    for path in [daemon.data, *daemon.data.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


# --- the ready line ---


def test_the_ready_line_is_all_that_standard_output_says(daemons):
    daemon = daemons.start()
    expect(daemon.client().get("/livez"), 200)
    process = daemon.process
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert process.stdout.read() == b""


def test_an_ipv6_address_stands_in_brackets(daemons):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    daemon = daemons.start("--listen", "[::1]:0")
    assert daemon.host == "[::1]"
    expect(daemon.client().get("/readyz"), 200)


def test_an_empty_store_is_ready_at_once(daemons):
    tries = (daemons.start().ready_after for _ in range(10))  # as other tests keep the machine busy
    assert any(seconds < READY_SECONDS for seconds in tries)


# --- where settings come from ---


def test_settings_come_from_the_file_and_the_environment(daemons, tmp_path):
    keys = tmp_path / "conf"
    keys.write_text("# for this test\nmax-body = 2K\nlog-level = debug\nlog-format = text\n")
    daemon = daemons.start("--config", keys, environment={"LOGITD_MAX_BODY": "4K", "LOGITD_LOG_LEVEL": "info"})
    client = daemon.client()
    body = b'{"model":"' + b"x" * 3000 + b'"}'
    json = {"Content-Type": "application/json"}
    assert client.post("/v1/jobs", data=body, headers=json).status_code != 413
    assert client.post("/v1/jobs", data=body * 2, headers=json).status_code == 413
    assert re.search(r"^\S+Z info ready: http://", daemon.log(), re.M)


def test_the_daemon_starts_itself_again_with_one_blas_thread(daemons):
    daemon = daemons.start(environment={"OPENBLAS_NUM_THREADS": "8"})
    with open(f"/proc/{daemon.pid}/environ", "rb") as file:
        assert b"OPENBLAS_NUM_THREADS=1" in file.read().split(b"\0")
    with open(f"/proc/{daemon.pid}/comm") as file:
        assert file.read() == "logitd\n"
    with open(f"/proc/{daemon.pid}/cmdline", "rb") as file:
        assert file.read().split(b"\0")[0] == os.fsencode(BINARY)


def test_a_core_type_that_was_asked_for_is_kept(daemons):
    daemon = daemons.start(environment={"OPENBLAS_CORETYPE": "Prescott"})
    with open(f"/proc/{daemon.pid}/environ", "rb") as file:
        assert b"OPENBLAS_CORETYPE=Prescott" in file.read().split(b"\0")
    assert "Prescott" in daemon.log()


def test_another_build_of_openblas_is_refused(tmp_path):
    source, library = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text("int openblas_get_parallel(void);\nint openblas_get_parallel(void) { return 0; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    done = run("--listen", "127.0.0.1:0", "--data", tmp_path / "data", LD_PRELOAD=library, ASAN_OPTIONS=sanitizer)
    assert (done.returncode, done.stdout) == (78, "")
    assert "libopenblas0-pthread" in done.stderr


# --- health ---


def test_health_asks_the_daemon(daemons):
    daemon = daemons.start()
    address = f"127.0.0.1:{daemon.port}"
    done = run("health", "--listen", address)
    assert (done.returncode, done.stdout) == (0, "ready\n")
    assert run("health", LOGITD_LISTEN=f"0.0.0.0:{daemon.port}").returncode == 0
    daemon.stop()
    done = run("health", "--listen", address)
    assert (done.returncode, done.stdout) == (1, "no daemon answers\n")
    assert run("health", "--listen", "127.0.0.1:0").returncode == 64


def test_health_is_not_taken_in_by_something_else_that_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = "127.0.0.1:%d" % server.getsockname()[1]
        began = time.monotonic()
        done = run("health", "--listen", address)  # accepted by the kernel, never answered
        assert (done.returncode, done.stdout) == (1, "not ready\n")
        assert time.monotonic() - began < 10
