"""A disk that fails: nothing is acknowledged that is not kept, and the process ends with 70."""

import os
import subprocess

import pytest

from daemon import expect

CSV = "x,y\n" + "".join(f"{i},{i * 31 % 7 % 2}\n" for i in range(100))

# Stands in front of the C library: once the file is there, nothing becomes durable any more.
SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int sync_by(long number, int fd)
{
    if (access(getenv("DISK_FAILS_WHEN"), F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(number, fd);
}

int fsync(int fd) { return sync_by(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }
"""


@pytest.fixture
def failing(daemons, tmp_path):
    """A daemon whose disk fails once daemon.fail() has been called."""
    source, library, trigger = tmp_path / "shim.c", tmp_path / "shim.so", tmp_path / "fail"
    source.write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    daemon = daemons.start(
        environment={"LD_PRELOAD": str(library), "DISK_FAILS_WHEN": str(trigger), "ASAN_OPTIONS": sanitizer}
    )
    daemon.fail = trigger.touch
    daemon.heal = trigger.unlink
    return daemon


def test_a_failed_fsync_is_no_success_and_ends_the_process_with_70(failing):
    client = failing.client()
    kept = client.upload(CSV, name="kept")
    failing.fail()
    answer = client.post("/v1/datasets?name=lost", data=CSV, headers={"Content-Type": "text/csv"})
    assert answer.status_code in (500, 503)
    assert answer.json()["code"] in ("io", "read_only")
    assert failing.wait(15) == 70
    assert '"event":"store_failed"' in failing.log()
    failing.heal()
    failing.start()
    assert expect(failing.client().get("/v1/datasets"), 200)["data"] == [kept]


def test_what_can_be_answered_still_is(failing):
    client, other = failing.client(), failing.client()
    client.train(model="m", dataset=client.upload(CSV, name="kept")["id"], target="y")
    expect(other.get("/readyz"), 200)
    failing.fail()
    assert client.post("/v1/models/m/predict", json={"rows": [[1]]}).status_code == 200
    answer = client.put("/v1/models/m/aliases/a", json={"version": 1})
    assert answer.status_code in (500, 503)
    try:  # the connection was there before; the answer may also have closed it already
        assert other.get("/readyz").status_code == 503
    except OSError:
        pass
    assert failing.wait(15) == 70
