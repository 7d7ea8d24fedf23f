"""A damaged data directory: what the daemon says, `logitd check` finds and `logitd rebuild` puts right."""

import random
import sqlite3
import subprocess
from contextlib import closing

import pytest

from daemon import BINARY, clean_environment, expect

CSV = "x,y\n" + "".join(f"{i},{i * 31 % 7 % 2}\n" for i in range(100))


def run(command, data):
    return subprocess.run(
        [BINARY, command, "--data", data], env=clean_environment(), capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def ended(daemons):
    """A daemon that has ended, with two data sets and a model in its directory."""
    daemon = daemons.start()
    client = daemon.client()
    daemon.datasets = [client.upload(CSV, name="first"), client.upload(CSV + "7,1\n", name="second")]
    client.train(model="m", dataset=daemon.datasets[0]["id"], target="y")
    daemon.model_before = client.model("m")
    daemon.stop()
    return daemon


def blobs(daemon):
    return sorted(daemon.data.glob("blobs/*.blob"))


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content) // 4, len(content) * 3 // 4)] ^= 1
    path.write_bytes(content)


def database(daemon):
    return daemon.data / "logitd.db"


def contents(daemon):
    """Of every file but those that SQLite makes while it reads."""
    return {f: f.read_bytes() for f in daemon.data.rglob("*") if f.is_file() and not f.name.endswith(("-wal", "-shm"))}


def test_check_of_an_intact_directory_finds_nothing_and_changes_nothing(ended):
    before = contents(ended)
    done = run("check", ended.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert contents(ended) == before


def test_check_of_no_directory_exits_with_78(tmp_path):
    done = run("check", tmp_path / "none")
    assert (done.returncode, done.stdout) == (78, "")
    assert "--data" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_flipped_bit_is_found_and_the_rest_is_served(ended):
    assert len(blobs(ended)) == 3
    flip_a_bit(blobs(ended)[0])
    done = run("check", ended.data)
    assert done.returncode == 1 and len(done.stdout.splitlines()) >= 2
    ended.start()
    client = ended.client()
    expect(client.get("/readyz"), 200)
    answers = [client.get(f"/v1/datasets/{d['id']}/rows").status_code for d in ended.datasets]
    answers.append(client.get("/v1/models/m").status_code)
    assert sorted(answers)[:2] == [200, 200] and max(answers) < 600
    client.upload(CSV, name="third")


def test_a_damaged_database_is_refused_and_rebuilt_from_the_files(ended):
    path = database(ended)
    path.write_bytes(b"\0" * path.stat().st_size)
    for leftover in path.parent.glob(path.name + "-*"):
        leftover.unlink()
    started = run("serve", ended.data)
    assert (started.returncode, started.stdout) == (78, "")
    assert "rebuild" in started.stderr
    rebuilt = run("rebuild", ended.data)
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    assert run("check", ended.data).returncode == 0
    ended.start()
    client = ended.client()
    assert client.model("m") == ended.model_before
    for dataset in ended.datasets:
        assert expect(client.get(f"/v1/datasets/{dataset['id']}"), 200)["sha256"] == dataset["sha256"]


def test_a_missing_database_beside_files_is_refused(ended):
    database(ended).unlink()
    started = run("serve", ended.data)
    assert (started.returncode, started.stdout) == (78, "")
    assert "rebuild" in started.stderr
    assert run("rebuild", ended.data).returncode == 0
    ended.start()
    assert len(expect(ended.client().get("/v1/datasets"), 200)["data"]) == 2


def test_a_directory_of_a_newer_format_is_refused_and_left_alone(ended):
    with closing(sqlite3.connect(database(ended))) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
    before = contents(ended)
    for command in ("serve", "check"):
        done = run(command, ended.data)
        assert (done.returncode, done.stdout) == (78, "")
        assert "newer" in done.stderr
    assert contents(ended) == before
